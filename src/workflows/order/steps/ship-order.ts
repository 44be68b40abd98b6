import type { CallOperation } from '../../../partners/call-operation.ts';
import type { shipItems as contract } from '../../../partners/contracts.ts';
import { defineStep } from '../../define-step.ts';
import { OrderInput } from '../input.ts';

/** Sends the order off, once for each task. */
export function createShipOrder(shipItems: CallOperation<typeof contract>) {
	return defineStep({
		input: OrderInput,
		run: (order, { taskId }) => shipItems(order, `${taskId}/ShipOrder`),
	});
}

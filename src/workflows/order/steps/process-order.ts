import type { CallOperation } from '../../../partners/call-operation.ts';
import type { reserveItems as contract } from '../../../partners/contracts.ts';
import { defineStep } from '../../define-step.ts';
import { OrderInput } from '../input.ts';

/** Asks the inventory for the items. `PartnerError` where it does not do its part. */
export function createProcessOrder(reserveItems: CallOperation<typeof contract>) {
	return defineStep({
		input: OrderInput,
		run: (order, { taskId }) => reserveItems(order, `${taskId}/ProcessOrder`),
	});
}

import * as Type from 'typebox';
import { defineStep } from '../../define-step.ts';
import type { Inventory } from '../inventory.ts';
import type { ShippedOrder } from '../result.ts';

/** Has the inventory send what it reserved. */
export function createShipOrder({ ship }: Pick<Inventory, 'ship'>) {
	return defineStep({
		input: Type.Object({ order_id: Type.String() }),
		async run({ order_id }, { taskId }): Promise<ShippedOrder> {
			const { tracking_id } = await ship({ order_id }, { idempotencyKey: `${taskId}-ShipOrder` });
			return { order_id, outcome: 'shipped', tracking_id };
		},
	});
}

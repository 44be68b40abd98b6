import { defineStep } from '../../define-step.ts';
import { OrderInput } from '../input.ts';
import type { Inventory } from '../inventory.ts';

/** Asks the inventory for everything that is ordered. */
export function createProcessOrder({ reserve }: Pick<Inventory, 'reserve'>) {
	return defineStep({
		input: OrderInput,
		async run(order, { taskId }) {
			const { in_stock, missing } = await reserve(order, { idempotencyKey: `${taskId}-ProcessOrder` });
			return { in_stock, missing };
		},
	});
}

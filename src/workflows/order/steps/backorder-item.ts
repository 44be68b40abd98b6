import * as Type from 'typebox';
import { defineStep } from '../../define-step.ts';
import type { Inventory } from '../inventory.ts';
import type { BackorderedOrder } from '../result.ts';

/** Has the inventory order what it lacks. */
export function createBackorderItem({ backorder }: Pick<Inventory, 'backorder'>) {
	return defineStep({
		input: Type.Object({ order_id: Type.String(), missing: Type.Array(Type.String()) }),
		async run({ order_id, missing }, { taskId }): Promise<BackorderedOrder> {
			await backorder({ order_id, skus: missing }, { idempotencyKey: `${taskId}-BackorderItem` });
			return { order_id, outcome: 'backordered', missing };
		},
	});
}

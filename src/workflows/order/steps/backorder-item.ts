import { Type } from 'typebox';
import type { CallOperation } from '../../../partners/call-operation.ts';
import type { backorderItems as contract } from '../../../partners/contracts.ts';
import { defineStep } from '../../define-step.ts';

/** Orders what is missing, once for each task. */
export function createBackorderItem(backorderItems: CallOperation<typeof contract>) {
	return defineStep({
		input: Type.Object({ order_id: Type.String(), skus: Type.Array(Type.String()) }),
		run: (backorder, { taskId }) => backorderItems(backorder, `${taskId}/BackorderItem`),
	});
}

import type { FastifyRequest } from 'fastify';
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import type { ValidationFault } from './problem.ts';
import { validationFaults } from './validation-faults.ts';

const IN_TASK = /^\/tasks\/(\d+)(?=\/|$)/;

/** The faults of each task of a batch, as if it had been sent alone. Throws where the batch itself is at fault. */
export function faultsByTask(error: FastifyRequest['validationError']): Map<number, ValidationFault[]> {
	if (error === undefined) return new Map();
	const validation: readonly FastifySchemaValidationError[] = error.validation;
	if (
		error.validationContext !== 'body' ||
		!validation.every(({ instancePath }) => IN_TASK.test(instancePath))
	)
		throw error;
	const byTask = Map.groupBy(validation, ({ instancePath }) => Number(IN_TASK.exec(instancePath)?.[1]));
	return new Map(
		[...byTask].map(([index, faults]) => [
			index,
			validationFaults(
				faults.map((fault) => ({ ...fault, instancePath: fault.instancePath.replace(IN_TASK, '') })),
				'body',
			),
		]),
	);
}

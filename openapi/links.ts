import {
	type ApiDocument,
	type MediaType,
	type Operation,
	withOperations,
	withResponses,
} from './api-document.ts';

const TASK = '#/components/schemas/Task';

/** Links every response that is a task to the operations on that task. */
export function withLinks(document: ApiDocument): ApiDocument {
	const ofTask = Object.entries(document.paths)
		.filter(([path]) => path.includes('{task_id}'))
		.flatMap(([, item]) => Object.values(item));
	return withOperations(document, (operation) =>
		withResponses(operation, (response) =>
			isTask(response.content)
				? { ...response, links: linksTo(ofTask.filter((each) => each !== operation)) }
				: response,
		),
	);
}

function isTask(content: Readonly<Record<string, MediaType>> = {}): boolean {
	return Object.values(content).some(({ schema }) => schema.$ref === TASK);
}

function linksTo(operations: readonly Operation[]) {
	return Object.fromEntries(
		operations.map(({ operationId, summary }) => [
			operationId,
			{
				operationId,
				parameters: { task_id: '$response.body#/task_id' },
				...(summary === undefined ? {} : { description: `${summary}.` }),
			},
		]),
	);
}

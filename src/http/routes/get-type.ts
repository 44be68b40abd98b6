import * as Type from 'typebox';
import {
	createDocument,
	DOCUMENT_HEADERS,
	type Document,
	NOT_MODIFIED,
	sendDocument,
} from '../documents/document.ts';
import { readTypes, TypeResource } from '../documents/type-resource.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import { TYPES_FORM, type TypesRoute } from './list-types.ts';

/** Registers `GET /v1/types/:type`. */
export function registerGetType(app: App, { workflows, readDocument }: TypesRoute): void {
	const documents = new Map<string, () => Promise<Document>>(
		Object.keys(workflows).map((type) => [
			type,
			createDocument(async () => JSON.stringify((await readTypes(workflows, readDocument)).get(type))),
		]),
	);
	app.route({
		method: 'GET',
		url: '/v1/types/:type',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'getType',
			summary: 'Get a task type',
			tags: ['types'],
			params: Type.Object({
				type: Type.String({ description: '`type` of a task.', examples: ['greeting'] }),
			}),
			response: {
				200: {
					description: 'The task type.',
					headers: DOCUMENT_HEADERS,
					content: { 'application/json': { schema: TypeResource } },
				},
				...NOT_MODIFIED,
				...problemResponses('unauthorized', 'forbidden', 'not-found'),
			},
		},
		async handler(request, reply) {
			const document = documents.get(request.params.type);
			if (document === undefined) throw new ProblemError('not-found', 'No task type has this name.');
			return sendDocument(request, reply, await document(), TYPES_FORM);
		},
	});
}

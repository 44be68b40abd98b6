import * as Type from 'typebox';
import type { Workflow } from '../../workflows/define-workflow.ts';
import {
	createDocument,
	DOCUMENT_HEADERS,
	NOT_MODIFIED,
	type ReadDocument,
	sendDocument,
} from '../documents/document.ts';
import { readTypes, TypeResource } from '../documents/type-resource.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the routes of task types. */
export interface TypesRoute {
	readonly workflows: Readonly<Record<string, Workflow>>;
	readonly readDocument: ReadDocument;
}

/** Types change with deployments only. `private`, because reading them takes a scope. */
export const TYPES_FORM = { mediaType: 'application/json', cacheControl: 'private, max-age=300' } as const;

/** Registers `GET /v1/types`. */
export function registerListTypes(app: App, { workflows, readDocument }: TypesRoute): void {
	const document = createDocument(async () => {
		const types = await readTypes(workflows, readDocument);
		return JSON.stringify({ types: [...types.values()] });
	});
	app.route({
		method: 'GET',
		url: '/v1/types',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'listTypes',
			summary: 'List the task types',
			description: 'Input, result, state machine and expected duration of each type.',
			tags: ['types'],
			response: {
				200: {
					description: 'Every task type.',
					headers: DOCUMENT_HEADERS,
					content: {
						'application/json': {
							schema: Type.Object(
								{ types: Type.Array(TypeResource) },
								{ title: 'TaskTypes', additionalProperties: false },
							),
						},
					},
				},
				...NOT_MODIFIED,
				...problemResponses('unauthorized', 'forbidden'),
			},
		},
		handler: async (request, reply) => sendDocument(request, reply, await document(), TYPES_FORM),
	});
}

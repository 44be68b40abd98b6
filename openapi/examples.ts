import type { TaskResource } from '../src/http/tasks/task-resource.ts';
import {
	type ApiDocument,
	type Example,
	type MediaType,
	type Operation,
	type Response,
	resolveReference,
	type Schema,
	withOperations,
	withResponses,
} from './api-document.ts';
import { exampleOf } from './example.ts';

const ACCEPTED: TaskResource = {
	task_id: '01932f4e-6f00-7000-8000-000000000001',
	type: 'greeting',
	status: 'PENDING',
	tags: { team: 'billing' },
	created_at: '2026-11-20T09:30:00.000Z',
	updated_at: '2026-11-20T09:30:00.000Z',
	redrive_count: 0,
	links: {
		self: '/v1/tasks/01932f4e-6f00-7000-8000-000000000001',
		events: '/v1/tasks/01932f4e-6f00-7000-8000-000000000001/events',
		cancel: '/v1/tasks/01932f4e-6f00-7000-8000-000000000001/cancel',
	},
};

const FINISHED: TaskResource = {
	...ACCEPTED,
	status: 'SUCCEEDED',
	updated_at: '2026-11-20T09:30:01.250Z',
	started_at: '2026-11-20T09:30:00.150Z',
	finished_at: '2026-11-20T09:30:01.200Z',
	expires_at: '2026-11-20T10:30:01.000Z',
	links: { self: ACCEPTED.links.self, events: ACCEPTED.links.events },
	result: { name: 'Ada', message: 'Hello Ada', validated: true, processed: true, notified: true },
};

/** Examples of task responses by status code. */
const TASKS: Readonly<Record<string, Readonly<Record<string, Example>>>> = {
	200: {
		finished: { summary: 'The task has succeeded.', value: FINISHED },
		accepted: { summary: 'The task has not started.', value: ACCEPTED },
	},
	202: { accepted: { summary: 'The task has not started.', value: ACCEPTED } },
};

/** Adds an example to every request and response body, derived from its schema unless this file defines one. */
export function withExamples(document: ApiDocument): ApiDocument {
	return withOperations(document, (operation) =>
		withResponses(withBodyExamples(document, operation), (response, status) =>
			withAnswerExamples(document, response, status),
		),
	);
}

function withBodyExamples(document: ApiDocument, operation: Operation): Operation {
	const { requestBody } = operation;
	if (requestBody === undefined) return operation;
	return {
		...operation,
		requestBody: {
			...requestBody,
			content: mapContent(requestBody.content, (media) => bodyExamples(document, media)),
		},
	};
}

/** One example per alternative of the body, such as per type of a new task. */
function bodyExamples(document: ApiDocument, media: MediaType): MediaType {
	const { oneOf = [] } = resolveReference<Schema>(document, media.schema);
	if (oneOf.length === 0) return { ...media, example: exampleOf(document, media.schema) };
	const examples = oneOf.map((reference) => {
		const name = (reference.$ref ?? '').replace('#/components/schemas/', '');
		const { description } = resolveReference<Schema>(document, reference);
		const value = exampleOf(document, reference);
		return [name, { ...(description === undefined ? {} : { summary: description }), value }] as const;
	});
	return { ...media, examples: Object.fromEntries(examples) };
}

function withAnswerExamples(document: ApiDocument, response: Response, status: string): Response {
	if (response.content === undefined) return response;
	const content = mapContent(response.content, (media, mediaType) => {
		if (!mediaType.includes('json') || 'example' in media || 'examples' in media) return media;
		const tasks = media.schema.$ref === '#/components/schemas/Task' ? TASKS[status] : undefined;
		return {
			...media,
			...(tasks === undefined ? { example: exampleOf(document, media.schema) } : { examples: tasks }),
		};
	});
	return { ...response, content };
}

function mapContent(
	content: Readonly<Record<string, MediaType>>,
	change: (media: MediaType, mediaType: string) => MediaType,
): Readonly<Record<string, MediaType>> {
	return Object.fromEntries(
		Object.entries(content).map(([mediaType, media]) => [mediaType, change(media, mediaType)]),
	);
}

import * as Type from 'typebox';
import type { GetTaskOutcome } from '../../tasks/read-task.ts';
import { EXECUTION_STATUSES, type Task, TaskError, type TaskKey } from '../../tasks/task.ts';
import type { TimelineEntry } from '../../tasks/timeline.ts';
import type { Cursors } from '../lists/cursors.ts';
import { CURSOR, NEXT_CURSOR, pageLimit, parseIntegers } from '../lists/paging.ts';
import { problemResponses } from '../problems/problem.ts';
import { requireTask, TaskParams, Time, time } from '../tasks/task-resource.ts';
import type { App } from '../typed-app.ts';

export interface ListTaskEventsRoute {
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly readTimeline: (task: Task) => Promise<readonly TimelineEntry[]>;
	readonly cursors: Cursors;
}

const Truncated = Type.Optional(
	Type.Literal(true, { description: 'There where the text was longer than 4 KiB: it is cut, and no JSON.' }),
);

const Entry = Type.Object(
	{
		state: Type.String(),
		type: Type.String({ description: 'Task, Choice, Map ...' }),
		attempt: Type.Integer({ minimum: 1, description: 'How often the state was tried.' }),
		status: Type.Enum([...EXECUTION_STATUSES]),
		entered_at: Time,
		exited_at: Type.Optional(Time),
		map_index: Type.Optional(Type.Integer({ minimum: 0, description: 'Which item of the Map around it.' })),
		branch: Type.Optional(
			Type.Integer({ minimum: 0, description: 'Which branch of the Parallel around it.' }),
		),
		input: Type.Optional(Type.Unknown()),
		input_truncated: Truncated,
		output: Type.Optional(Type.Unknown()),
		output_truncated: Truncated,
		error: Type.Optional(TaskError),
	},
	{ title: 'TaskEvent', additionalProperties: false },
);

type Entry = Type.Static<typeof Entry>;

const Position = Type.Integer({ minimum: 0 });

export function registerListTaskEvents(app: App, route: ListTaskEventsRoute): void {
	const { getTask, readTimeline, cursors } = route;
	app.route({
		method: 'GET',
		url: '/v1/tasks/:task_id/events',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'listTaskEvents',
			summary: 'What a task has done so far',
			description: 'One entry for each visit of a state, in the order in which they were entered.',
			tags: ['tasks'],
			params: TaskParams,
			querystring: Type.Object(
				{ limit: pageLimit(1, 1000, 100), cursor: CURSOR },
				{ additionalProperties: false },
			),
			response: {
				200: {
					description: 'The timeline.',
					content: {
						'application/json': {
							schema: Type.Object(
								{ events: Type.Array(Entry), next_cursor: NEXT_CURSOR },
								{ additionalProperties: false },
							),
						},
					},
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'gone', 'validation'),
			},
		},
		preValidation: parseIntegers('limit'),
		async handler({ principal, params, query }) {
			const { limit = 100, cursor } = query;
			const scope = ['events', principal, params.task_id];
			const from = cursor === undefined ? 0 : await cursors.open(cursor, scope, Position);
			const task = requireTask(await getTask({ principal, taskId: params.task_id }));
			const entries = await readTimeline(task);
			const next = from + limit;
			return {
				events: entries.slice(from, next).map(entryResource),
				...(next < entries.length ? { next_cursor: await cursors.seal(next, scope) } : {}),
			};
		},
	});
}

function entryResource(entry: TimelineEntry): Entry {
	const { state, type, attempt, status, enteredAtMs, exitedAtMs, mapIndex, branch, error } = entry;
	return {
		state,
		type,
		attempt,
		status,
		entered_at: time(enteredAtMs),
		...(exitedAtMs === undefined ? {} : { exited_at: time(exitedAtMs) }),
		...(mapIndex === undefined ? {} : { map_index: mapIndex }),
		...(branch === undefined ? {} : { branch }),
		...shortened('input', entry.input),
		...shortened('output', entry.output),
		...(error === undefined ? {} : { error }),
	};
}

const MAX_JSON_BYTES = 4096;

/** The JSON as it is or, where its text is long, the beginning of it and a flag that says so. */
function shortened(member: 'input' | 'output', text: string | undefined): Partial<Entry> {
	if (text === undefined) return {};
	const bytes = Buffer.from(text);
	if (bytes.length <= MAX_JSON_BYTES) return { [member]: JSON.parse(text) };
	// A character that is cut in two is left out.
	const beginning = bytes
		.subarray(0, MAX_JSON_BYTES)
		.toString()
		.replace(/\uFFFD$/, '');
	return { [member]: beginning, [`${member}_truncated`]: true };
}

import * as Type from 'typebox';
import type { AcceptanceLimit } from '../../tasks/acceptance-limit.ts';
import type { GetTaskOutcome } from '../../tasks/read-task.ts';
import { EXECUTION_STATUSES, type Task, TaskError, type TaskKey } from '../../tasks/task.ts';
import type { StateAttempt, TimelineEntry } from '../../tasks/timeline.ts';
import type { Cursors } from '../lists/cursors.ts';
import { CURSOR, NEXT_CURSOR, pageLimit, parseIntegers } from '../lists/paging.ts';
import { problemResponses } from '../problems/problem.ts';
import { RATE_LIMIT_HEADERS, requireAllowance } from '../requests/rate-limit.ts';
import { requireTask, TaskParams, Time, taskKeyOf, time } from '../tasks/task-resource.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface ListTaskEventsRoute {
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly readTimeline: (task: Task) => Promise<readonly TimelineEntry[]>;
	readonly cursors: Cursors;
	/** Limits reads of execution histories, which AWS throttles at 20 per second for the whole account. */
	readonly eventsLimit: AcceptanceLimit | undefined;
	readonly now: () => number;
}

const Truncated = Type.Optional(
	Type.Boolean({
		description: '`true` if the value was truncated to 4 KiB (no longer valid JSON).',
	}),
);

const Entry = Type.Object(
	{
		state: Type.String(),
		type: Type.String({ description: 'Type of the state: `Task`, `Choice`, `Map` and so on.' }),
		attempt: Type.Integer({ minimum: 1, description: 'Number of attempts.' }),
		status: Type.Enum([...EXECUTION_STATUSES]),
		entered_at: Time,
		exited_at: Type.Optional(Time),
		attempts: Type.Optional(
			Type.Array(
				Type.Object(
					{ started_at: Time, ended_at: Type.Optional(Time), error: Type.Optional(TaskError) },
					{ title: 'TaskEventAttempt', additionalProperties: false },
				),
				{ description: 'Every attempt, if there was more than one. Retries back off between them.' },
			),
		),
		waiting_since: Type.Optional(
			Type.String({ format: 'date-time', description: 'When the state began to wait for its callback.' }),
		),
		map_index: Type.Optional(
			Type.Integer({ minimum: 0, description: 'Index of the item in the enclosing Map.' }),
		),
		branch: Type.Optional(
			Type.Integer({ minimum: 0, description: 'Index of the branch in the enclosing Parallel.' }),
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

/** Registers `GET /v1/tasks/:task_id/events`. */
export function registerListTaskEvents(app: App, route: ListTaskEventsRoute): void {
	const { getTask, readTimeline, cursors, eventsLimit, now } = route;
	app.route({
		method: 'GET',
		url: '/v1/tasks/:task_id/events',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'listTaskEvents',
			summary: 'List the events of a task',
			description: 'One entry for each visit to a state, in the order of entry.',
			tags: ['tasks'],
			params: TaskParams,
			querystring: Type.Object(
				{ limit: pageLimit(1, 1000, 100), cursor: CURSOR },
				{ additionalProperties: false },
			),
			response: {
				200: {
					description: 'The timeline.',
					headers: RATE_LIMIT_HEADERS,
					content: {
						'application/json': {
							schema: Type.Object(
								{ events: Type.Array(Entry), next_cursor: NEXT_CURSOR },
								{ additionalProperties: false },
							),
						},
					},
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'gone', 'validation', 'rate-limited'),
			},
		},
		preValidation: parseIntegers('limit'),
		async handler(request, reply) {
			const { principal, query } = request;
			const { limit = 100, cursor } = query;
			const key = taskKeyOf(request);
			const scope = ['events', principal, key.taskId];
			const from = cursor === undefined ? 0 : await cursors.open(cursor, scope, Position);
			const task = requireTask(await getTask(key));
			await requireAllowance(eventsLimit, { principal, nowMs: now(), reply });
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
	const { attempts, waitingSinceMs } = entry;
	return {
		state,
		type,
		attempt,
		status,
		entered_at: time(enteredAtMs),
		...(exitedAtMs === undefined ? {} : { exited_at: time(exitedAtMs) }),
		...(attempts.length > 1 ? { attempts: attempts.map(attemptResource) } : {}),
		...(waitingSinceMs === undefined ? {} : { waiting_since: time(waitingSinceMs) }),
		...(mapIndex === undefined ? {} : { map_index: mapIndex }),
		...(branch === undefined ? {} : { branch }),
		...truncated('input', entry.input),
		...truncated('output', entry.output),
		...(error === undefined ? {} : { error }),
	};
}

function attemptResource({ startedAtMs, endedAtMs, error }: StateAttempt) {
	return {
		started_at: time(startedAtMs),
		...(endedAtMs === undefined ? {} : { ended_at: time(endedAtMs) }),
		...(error === undefined ? {} : { error }),
	};
}

const MAX_JSON_BYTES = 4096;

/** Returns the JSON value or, if its text is too long, the beginning of the text and a flag. */
function truncated(member: 'input' | 'output', text: string | undefined): Partial<Entry> {
	if (text === undefined) return {};
	const bytes = Buffer.from(text);
	if (bytes.length <= MAX_JSON_BYTES) return { [member]: JSON.parse(text) };
	// A character that is cut in two becomes U+FFFD.
	const beginning = bytes
		.subarray(0, MAX_JSON_BYTES)
		.toString()
		.replace(/\uFFFD$/, '');
	return { [member]: beginning, [`${member}_truncated`]: true };
}

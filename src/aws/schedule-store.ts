import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createWriteTransaction, Entity } from 'electrodb';
import { parseJson, parseValue } from '../parse.ts';
import {
	MAX_SCHEDULES,
	Schedule,
	ScheduledTask,
	type ScheduleKey,
	ScheduleRun,
	type ScheduleStore,
} from '../tasks/schedules.ts';
import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';
import { ignoreConditionFailure, runOperation } from './conditional-write.ts';

/** Creates the store of schedules on DynamoDB, in the table of the tasks. */
export function createScheduleStore(client: DynamoDBClient, table: string): ScheduleStore {
	const entities = createEntities(client, table);
	const { schedule: schedules, run: runs } = entities;
	return {
		async find(key) {
			const { data } = await runOperation(() => schedules.get(keyOf(key)).go({ consistent: true }));
			return data === null ? undefined : fromItem(data);
		},

		async list(principal) {
			const { data } = await runOperation(() =>
				schedules.query.schedule({ principal }).go({ pages: 'all', consistent: true }),
			);
			return data.map(fromItem);
		},

		async create(created) {
			const written = await writeTogether(() =>
				createWriteTransaction(entities, ({ schedule, count }) => [
					schedule.create(toItem(created)).commit(),
					count
						.update({ principal: created.principal })
						.add({ schedules: 1 })
						.where(
							(item, { notExists, lt }) =>
								`${notExists(item.schedules)} OR ${lt(item.schedules, MAX_SCHEDULES)}`,
						)
						.commit(),
				]).go(),
			);
			return written ? 'created' : 'limitReached';
		},

		async swap(before, next) {
			const changed = { ...next, version: before.version + 1 };
			const written = await ignoreConditionFailure(() =>
				schedules
					.put(toItem(changed))
					.where(({ version }, { eq }) => eq(version, before.version))
					.go({ response: 'none' }),
			);
			return written === undefined ? undefined : changed;
		},

		async confirmEntry(confirmed) {
			const written = await ignoreConditionFailure(() =>
				schedules
					.update(keyOf(confirmed))
					.set({ entryVersion: confirmed.version })
					.where(({ version }, { eq }) => eq(version, confirmed.version))
					.go({ response: 'none' }),
			);
			return written !== undefined;
		},

		remove: (key) =>
			writeTogether(() =>
				createWriteTransaction(entities, ({ schedule, count }) => [
					schedule
						.delete(keyOf(key))
						.where(({ scheduleId }, { exists }) => exists(scheduleId))
						.commit(),
					count.update({ principal: key.principal }).subtract({ schedules: 1 }).commit(),
				]).go(),
			),

		async recordRun(run) {
			await ignoreConditionFailure(() =>
				runs
					.put(run)
					.where(({ taskId, error }, { notExists, exists }) =>
						run.error === undefined ? '' : `${notExists(taskId)} OR ${exists(error)}`,
					)
					.go({ response: 'none' }),
			);
		},

		async listRuns(key, { limit, after }) {
			const query = runs.query.run(keyOf(key));
			const { data } = await runOperation(() =>
				(after === undefined ? query : query.lt({ scheduledAtMs: after })).go({
					order: 'desc',
					limit: limit + 1,
					consistent: true,
				}),
			);
			const found = data.map((run) => parseValue(ScheduleRun, run, 'run of a schedule'));
			const page = found.slice(0, limit);
			const last = page.at(-1);
			return {
				runs: page,
				...(found.length <= limit || last === undefined ? {} : { next: last.scheduledAtMs }),
			};
		},
	};
}

function createEntities(client: DynamoDBClient, table: string) {
	return {
		schedule: new Entity(
			{
				model: { service: 'task-api', entity: 'schedule', version: '1' },
				attributes: {
					principal: { type: 'string', required: true },
					scheduleId: { type: 'string', required: true, field: 'schedule_id' },
					name: { type: 'string', required: true },
					cron: { type: 'string' },
					rate: { type: 'string' },
					timezone: { type: 'string' },
					/** JSON text, because DynamoDB's types do not keep all JSON. */
					task: { type: 'string', required: true },
					enabled: { type: 'boolean', required: true },
					startMs: { type: 'number', required: true, field: 'start_ms' },
					createdAtMs: { type: 'number', required: true, field: 'created_at_ms' },
					updatedAtMs: { type: 'number', required: true, field: 'updated_at_ms' },
					version: { type: 'number', required: true },
					entryVersion: { type: 'number', field: 'entry_version' },
				},
				indexes: {
					schedule: {
						pk: { field: 'pk', composite: ['principal'], casing: 'none' },
						sk: { field: 'sk', composite: ['scheduleId'] },
					},
				},
			},
			{ client, table },
		),
		/** The number of a principal's schedules, which limits them. */
		count: new Entity(
			{
				model: { service: 'task-api', entity: 'schedules', version: '1' },
				attributes: {
					principal: { type: 'string', required: true },
					schedules: { type: 'number' },
				},
				indexes: {
					count: {
						pk: { field: 'pk', composite: ['principal'], casing: 'none' },
						sk: { field: 'sk', composite: [] },
					},
				},
			},
			{ client, table },
		),
		/** The runs of a schedule have a partition of their own, with at most one write per minute. */
		run: new Entity(
			{
				model: { service: 'task-api', entity: 'schedule-run', version: '1' },
				attributes: {
					principal: { type: 'string', required: true },
					scheduleId: { type: 'string', required: true, field: 'schedule_id' },
					scheduledAtMs: { type: 'number', required: true, field: 'scheduled_at_ms' },
					taskId: { type: 'string', required: true, field: 'task_id' },
					error: { type: 'any' },
					expiresAtSeconds: { type: 'number', required: true, field: 'expires_at' },
				},
				indexes: {
					run: {
						pk: { field: 'pk', composite: ['principal', 'scheduleId'], casing: 'none' },
						sk: { field: 'sk', composite: ['scheduledAtMs'] },
					},
				},
			},
			{ client, table },
		),
	};
}

/** The item of a schedule. */
function toItem({ task, ...schedule }: Schedule) {
	return { ...schedule, task: JSON.stringify(task) };
}

/** @throws UnexpectedShapeError if the item is not a schedule. */
function fromItem({ task, ...item }: { readonly task: string }): Schedule {
	return parseValue(
		Schedule,
		{ ...item, task: parseJson(ScheduledTask, task, 'task of a schedule') },
		'schedule',
	);
}

/** Picks the key: the caller's value may have other members. */
function keyOf({ principal, scheduleId }: ScheduleKey): ScheduleKey {
	return { principal, scheduleId };
}

/** Each conflict is another change of the principal's number of schedules. */
const MAX_ATTEMPTS = 10;

interface TransactionResult {
	readonly canceled: boolean;
	readonly data: readonly { readonly code: string }[];
}

/**
 * Runs a transaction, again after each conflict. Returns `false` if a condition does not hold.
 * @throws ServiceUnavailableError
 */
async function writeTogether(write: () => Promise<TransactionResult>): Promise<boolean> {
	let codes: readonly string[] = [];
	for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
		const result = await runOperation(write);
		if (!result.canceled) return true;
		codes = result.data.map(({ code }) => code);
		if (codes.includes('ConditionalCheckFailed')) return false;
		if (!codes.includes('TransactionConflict')) break;
	}
	throw new ServiceUnavailableError('DynamoDB', {
		cause: new Error(`Transaction cancelled: ${codes.join(', ')}.`),
	});
}

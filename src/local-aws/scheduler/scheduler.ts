import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { createDocumentTable } from '../document-table.ts';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type HttpService } from '../endpoint/service.ts';
import { createDeliverer, type Deliver } from '../event-bridge/delivery.ts';
import { parseJsonText } from '../json.ts';
import type { Log } from '../log.ts';
import { createRestService, type RestRoute } from './rest-service.ts';
import { DEFAULT_RETRY_POLICY, DEFAULTS, Entry, Name, payloadOf, Settings } from './schedule-entry.ts';
import { createTimers } from './schedule-timers.ts';

const Group = Type.Object({ Name, createdMs: Type.Number() });

type Group = Type.Static<typeof Group>;

const DEFAULT_GROUP = 'default';

/** EventBridge Scheduler. */
export interface Scheduler {
	readonly service: HttpService;
	/** Creates a group of the template; no-op if it exists. */
	readonly putGroup: (name: string) => void;
	/** Creates or replaces a schedule of the template. */
	readonly putSchedule: (settings: unknown) => void;
	/** Starts the timers. Of the times that passed before, at most the latest one fires. */
	readonly start: () => void;
	readonly close: () => void;
}

/** The dependencies of EventBridge Scheduler. */
export interface SchedulerOptions {
	readonly clock: Clock;
	readonly newId: () => string;
	readonly region: string;
	readonly accountId: string;
	readonly deliver: Deliver;
	/** Receives lost invocations. */
	readonly log: Pick<Log, 'error'>;
	/** Path of the SQLite file; '' keeps all in memory. */
	readonly file: string;
}

/** Creates EventBridge Scheduler with the schedules of its file. */
export function createScheduler(options: SchedulerOptions): Scheduler {
	const { clock, newId, region, accountId, file } = options;
	const entries = createDocumentTable({ file, name: 'schedules', schema: Entry });
	const groups = createDocumentTable({ file, name: 'schedule_groups', schema: Group });
	const deliverer = createDeliverer({ ...options, arnAttribute: 'SCHEDULE_ARN' });
	const prefix = `arn:aws:scheduler:${region}:${accountId}`;
	const timers = createTimers(clock, entries, (entry, timeMs) => {
		const payload = payloadOf(entry, timeMs, newId());
		const { Arn, RoleArn, RetryPolicy, DeadLetterConfig, SqsParameters } = entry.settings.Target;
		void deliverer.deliverWithRetry({
			ruleArn: entry.arn,
			target: {
				Id: entry.settings.Name,
				Arn,
				RoleArn,
				...(RetryPolicy === undefined ? {} : { RetryPolicy }),
				...(DeadLetterConfig === undefined ? {} : { DeadLetterConfig }),
				...(SqsParameters === undefined ? {} : { SqsParameters }),
			},
			event: parseJsonText(payload) ?? payload,
			payload,
		});
	});
	if (groups.get(DEFAULT_GROUP) === undefined)
		groups.put(DEFAULT_GROUP, { Name: DEFAULT_GROUP, createdMs: clock.now() });

	const keyOf = (group: string, name: string) => `${group}/${name}`;

	function requireGroup(name: string): Group {
		const group = groups.get(name);
		if (group === undefined) throw notFound(`Schedule group ${name} does not exist.`);
		return group;
	}

	function requireEntry(group: string, name: string): Entry {
		const entry = entries.get(keyOf(group, name));
		if (entry === undefined) throw notFound(`Schedule ${name} does not exist.`);
		return entry;
	}

	function write(settings: Settings, before: Entry | undefined): { ScheduleArn: string } {
		const group = settings.GroupName ?? DEFAULT_GROUP;
		requireGroup(group);
		const nowMs = clock.now();
		const entry: Entry = {
			arn: `${prefix}:schedule/${group}/${settings.Name}`,
			group,
			settings,
			createdMs: before?.createdMs ?? nowMs,
			modifiedMs: nowMs,
		};
		timers.set(keyOf(group, settings.Name), entry);
		return { ScheduleArn: entry.arn };
	}

	function remove(group: string, name: string): void {
		timers.remove(keyOf(group, name));
	}

	const routes: readonly RestRoute[] = [
		{
			operation: 'CreateSchedule',
			method: 'POST',
			path: '/schedules/{Name}',
			answer(input) {
				const settings = parseInput(Settings, input);
				const existing = entries.get(keyOf(settings.GroupName ?? DEFAULT_GROUP, settings.Name));
				if (existing === undefined) return write(settings, undefined);
				// A repeated request has no effect and the same answer.
				if (settings.ClientToken !== undefined && settings.ClientToken === existing.settings.ClientToken)
					return { ScheduleArn: existing.arn };
				throw new AwsError('ConflictException', `Schedule ${settings.Name} already exists.`, 409);
			},
		},
		{
			operation: 'UpdateSchedule',
			method: 'PUT',
			path: '/schedules/{Name}',
			answer(input) {
				const settings = parseInput(Settings, input);
				return write(settings, requireEntry(settings.GroupName ?? DEFAULT_GROUP, settings.Name));
			},
		},
		{
			operation: 'GetSchedule',
			method: 'GET',
			path: '/schedules/{Name}',
			answer(_, { Name: name = '', groupName = DEFAULT_GROUP }) {
				const { arn, group, settings, createdMs, modifiedMs } = requireEntry(groupName, name);
				const { ClientToken: _token, ...members } = settings;
				return {
					...DEFAULTS,
					...members,
					Target: { RetryPolicy: DEFAULT_RETRY_POLICY, ...settings.Target },
					Arn: arn,
					GroupName: group,
					CreationDate: createdMs / 1000,
					LastModificationDate: modifiedMs / 1000,
				};
			},
		},
		{
			operation: 'DeleteSchedule',
			method: 'DELETE',
			path: '/schedules/{Name}',
			answer(_, { Name: name = '', groupName = DEFAULT_GROUP }) {
				requireEntry(groupName, name);
				remove(groupName, name);
			},
		},
		{
			operation: 'ListSchedules',
			method: 'GET',
			path: '/schedules',
			answer(_, { ScheduleGroup, NamePrefix = '', State, MaxResults = '100', NextToken = '' }) {
				const found = entries
					.all()
					.filter(({ group }) => ScheduleGroup === undefined || group === ScheduleGroup)
					.filter(({ settings }) => settings.Name.startsWith(NamePrefix))
					.filter(({ settings }) => State === undefined || (settings.State ?? DEFAULTS.State) === State)
					.filter(({ group, settings }) => keyOf(group, settings.Name) > NextToken);
				const page = found.slice(0, Number(MaxResults));
				const last = page.at(-1);
				return {
					Schedules: page.map(({ arn, group, settings, createdMs, modifiedMs }) => ({
						Arn: arn,
						Name: settings.Name,
						GroupName: group,
						State: settings.State ?? DEFAULTS.State,
						Target: { Arn: settings.Target.Arn },
						CreationDate: createdMs / 1000,
						LastModificationDate: modifiedMs / 1000,
					})),
					...(last === undefined || page.length === found.length
						? {}
						: { NextToken: keyOf(last.group, last.settings.Name) }),
				};
			},
		},
		{
			operation: 'CreateScheduleGroup',
			method: 'POST',
			path: '/schedule-groups/{Name}',
			answer(_, { Name: name = '' }) {
				if (groups.get(name) !== undefined)
					throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, 409);
				putGroup(parseInput(Name, name));
				return { ScheduleGroupArn: `${prefix}:schedule-group/${name}` };
			},
		},
		{
			operation: 'GetScheduleGroup',
			method: 'GET',
			path: '/schedule-groups/{Name}',
			answer: (_, { Name: name = '' }) => describeGroup(requireGroup(name)),
		},
		{
			operation: 'DeleteScheduleGroup',
			method: 'DELETE',
			path: '/schedule-groups/{Name}',
			answer(_, { Name: name = '' }) {
				requireGroup(name);
				if (name === DEFAULT_GROUP)
					throw new AwsError('ValidationException', 'The default schedule group cannot be deleted.');
				for (const { group, settings } of entries.all()) if (group === name) remove(group, settings.Name);
				groups.delete(name);
			},
		},
		{
			operation: 'ListScheduleGroups',
			method: 'GET',
			path: '/schedule-groups',
			answer: () => ({ ScheduleGroups: groups.all().map(describeGroup) }),
		},
	];

	function putGroup(name: string): void {
		if (groups.get(name) === undefined) groups.put(name, { Name: name, createdMs: clock.now() });
	}

	function describeGroup({ Name: name, createdMs }: Group) {
		return {
			Arn: `${prefix}:schedule-group/${name}`,
			Name: name,
			State: 'ACTIVE',
			CreationDate: createdMs / 1000,
			LastModificationDate: createdMs / 1000,
		};
	}

	return {
		service: createRestService({ signingName: 'scheduler', newId, routes, log: options.log }),
		putGroup,
		putSchedule(input) {
			const settings = parseInput(Settings, input);
			write(settings, entries.get(keyOf(settings.GroupName ?? DEFAULT_GROUP, settings.Name)));
		},
		start: () => timers.start(),
		close() {
			timers.close();
			deliverer.close();
			entries.close();
			groups.close();
		},
	};
}

function notFound(message: string): AwsError {
	return new AwsError('ResourceNotFoundException', message, 404);
}

import jsonata from 'jsonata';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { State } from './definition-schema.ts';
import { isExpression } from './expressions.ts';

/** What is wrong with a definition, and where. */
export interface Fault {
	readonly path: string;
	readonly message: string;
}

/** The service integrations that are built; a plain Lambda function's ARN is one too. */
const RESOURCES =
	/^arn:aws(-cn|-us-gov)?:(states:::((lambda:invoke|sns:publish|sqs:sendMessage)(\.waitForTaskToken)?|events:putEvents)|lambda:[a-z0-9-]+:\d{12}:function:[^:]+(:[^:]+)?)$/;

/** What the shape of a state does not say. */
export function stateFaults(state: State, path: string): Fault[] {
	return [
		...flowFaults(state, path),
		...('Retry' in state || 'Catch' in state ? failureFaults(state, path) : []),
		...taskFaults(state, path),
		...waitFaults(state, path),
		...assignFaults(state, path),
		...ownExpressionFaults(JSON.parse(JSON.stringify(state)), path),
	];
}

function flowFaults(state: State, path: string): Fault[] {
	if (state.Type === 'Choice' || state.Type === 'Succeed' || state.Type === 'Fail') return [];
	const ways = [state.Next !== undefined, state.End === true].filter(Boolean).length;
	return ways === 1 ? [] : [{ path, message: 'A state has either Next or End: true.' }];
}

function taskFaults(state: State, path: string): Fault[] {
	if (state.Type !== 'Task') return [];
	const faults: Fault[] = [];
	if (!RESOURCES.test(state.Resource))
		faults.push({ path: `${path}/Resource`, message: `The resource ${state.Resource} is not built here.` });
	const { TimeoutSeconds, HeartbeatSeconds } = state;
	if (
		typeof TimeoutSeconds === 'number' &&
		typeof HeartbeatSeconds === 'number' &&
		HeartbeatSeconds >= TimeoutSeconds
	) {
		faults.push({
			path: `${path}/HeartbeatSeconds`,
			message: 'HeartbeatSeconds is smaller than TimeoutSeconds.',
		});
	}
	return faults;
}

function waitFaults(state: State, path: string): Fault[] {
	if (state.Type !== 'Wait') return [];
	const { Seconds, Timestamp } = state;
	if ((Seconds === undefined) === (Timestamp === undefined))
		return [{ path, message: 'A Wait has exactly one of Seconds and Timestamp.' }];
	if (Timestamp === undefined || isExpression(Timestamp) || isTimestamp(Timestamp)) return [];
	return [{ path: `${path}/Timestamp`, message: 'The timestamp is not one of RFC 3339.' }];
}

/** RFC 3339 as the Amazon States Language takes it: with `T` and `Z` in capitals. */
export function isTimestamp(text: string): boolean {
	const date = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1];
	return date !== undefined && !Number.isNaN(Date.parse(text)) && isDate(date);
}

/** `Date.parse` takes February 30 for March 2. */
function isDate(date: string): boolean {
	return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

/** `States.ALL` stands alone, in the last of the list. */
function failureFaults(state: State, path: string): Fault[] {
	const lists = {
		Retry: 'Retry' in state ? (state.Retry ?? []) : [],
		Catch: 'Catch' in state ? (state.Catch ?? []) : [],
	};
	return Object.entries(lists).flatMap(([field, list]) =>
		list.flatMap(({ ErrorEquals }, index) => {
			if (!ErrorEquals.includes('States.ALL') || (ErrorEquals.length === 1 && index === list.length - 1))
				return [];
			return [
				{
					path: `${path}/${field}/${index}/ErrorEquals`,
					message: 'States.ALL stands alone and in the last one.',
				},
			];
		}),
	);
}

/** A state assigns, and so do its catchers and the rules of a Choice. */
function assignFaults(state: State, path: string): Fault[] {
	return [
		...('Assign' in state ? nameFaults(state.Assign, path) : []),
		...('Catch' in state
			? (state.Catch ?? []).flatMap(({ Assign }, index) => nameFaults(Assign, `${path}/Catch/${index}`))
			: []),
		...('Choices' in state
			? state.Choices.flatMap(({ Assign }, index) => nameFaults(Assign, `${path}/Choices/${index}`))
			: []),
	];
}

function nameFaults(assign: Readonly<Record<string, Json>> | undefined, path: string): Fault[] {
	return Object.keys(assign ?? {})
		.filter((name) => name === 'states' || name.length > 80 || !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name))
		.map((name) => ({ path: `${path}/Assign/${name}`, message: 'That is no name for a variable.' }));
}

/** The machines within a state are left out: their own states are checked one by one. */
function ownExpressionFaults(state: JsonObject, path: string): Fault[] {
	return Object.entries(state).flatMap(([field, value]) =>
		field === 'Branches' || field === 'ItemProcessor' ? [] : expressionFaults(value, `${path}/${field}`),
	);
}

function expressionFaults(value: Json, path: string): Fault[] {
	if (isExpression(value)) {
		try {
			jsonata(value.slice(2, -2));
			return [];
		} catch (error) {
			return [{ path, message: `The expression ${value} does not parse: ${Object(error).message}` }];
		}
	}
	if (Array.isArray(value)) return value.flatMap((item, index) => expressionFaults(item, `${path}/${index}`));
	if (!isObject(value)) return [];
	return Object.entries(value).flatMap(([name, member]) => expressionFaults(member, `${path}/${name}`));
}

/** The way through the states of a branch: every target is there, every state is reached, and there is an end. */
export function branchFaults(branch: JsonObject, path: string): Fault[] {
	const { StartAt, States } = branch;
	if (typeof StartAt !== 'string' || !isObject(States)) return [];
	const faults: Fault[] = [];
	if (!Object.hasOwn(States, StartAt))
		faults.push({ path: `${path}/StartAt`, message: `There is no state ${StartAt}.` });
	const reached = new Set([StartAt]);
	for (const name of reached) {
		for (const [field, target] of targetsOf(Object.hasOwn(States, name) ? States[name] : undefined)) {
			if (Object.hasOwn(States, target)) reached.add(target);
			else
				faults.push({
					path: `${path}/States/${name}/${field}`,
					message: `MISSING_TRANSITION_TARGET: there is no state ${target}.`,
				});
		}
	}
	for (const name of Object.keys(States)) {
		if (!reached.has(name))
			faults.push({ path: `${path}/States/${name}`, message: 'The state is never reached.' });
	}
	const ends = Object.values(States).some(
		(state) =>
			isObject(state) && (state['End'] === true || state['Type'] === 'Succeed' || state['Type'] === 'Fail'),
	);
	if (!ends) faults.push({ path: `${path}/States`, message: 'There is no state to end with.' });
	return faults;
}

function targetsOf(state: Json | undefined): [field: string, target: string][] {
	if (!isObject(state)) return [];
	const rules = ['Choices', 'Catch'].flatMap((field) => {
		const list = state[field];
		return Array.isArray(list)
			? list.map(
					(rule, index) => [`${field}/${index}/Next`, isObject(rule) ? rule['Next'] : undefined] as const,
				)
			: [];
	});
	const all = [['Next', state['Next']] as const, ['Default', state['Default']] as const, ...rules];
	return all.flatMap(([field, target]) => (typeof target === 'string' ? [[field, target]] : []));
}

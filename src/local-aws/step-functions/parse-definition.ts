import jsonata from 'jsonata';
import type { TSchema } from 'typebox';
import * as Value from 'typebox/value';
import { AwsError } from '../endpoint/service.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { type Branch, type Definition, DefinitionSchema, STATE_SCHEMAS, type State } from './definition.ts';
import { describeSchemaErrors, type Fault, JSONPATH_ADVICE, schemaFault } from './definition-faults.ts';
import { isExpression } from './expressions.ts';
import { isTimestamp } from './fields.ts';

/** The result of checking a definition. */
export type CheckedDefinition =
	| { readonly kind: 'valid'; readonly definition: Definition }
	| { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/**
 * Parses a state machine definition.
 *
 * @throws AwsError `InvalidDefinition` with the path of every fault.
 */
export function parseDefinition(source: string): Definition {
	const checked = checkDefinition(source);
	if (checked.kind === 'valid') return checked.definition;
	const faults = checked.faults.map(({ code, message, path }) => `${code}: ${message} at ${path || '/'}`);
	throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${faults.join(', ')}'`);
}

/** Checks a definition: the Amazon States Language, JSONata syntax, and the limits of the local Step Functions. */
export function checkDefinition(source: string): CheckedDefinition {
	const definition = parseJson(source);
	if (!isObject(definition)) {
		const fault =
			definition === undefined
				? { code: 'INVALID_JSON_DESCRIPTION', path: '', message: 'The definition is not JSON' }
				: schemaFault('', 'Definition must be a valid JSON object');
		return { kind: 'invalid', faults: [fault] };
	}
	if (hasStates(definition) && !usesJsonata(definition))
		return { kind: 'invalid', faults: [jsonPathMachineFault(definition)] };
	const checker = createChecker(definition['QueryLanguage']);
	const isWellFormed = checker.checkSchema(DefinitionSchema, definition, '');
	checker.checkBranch(definition, '');
	return isWellFormed && checker.faults.length === 0 && isDefinition(definition)
		? { kind: 'valid', definition }
		: { kind: 'invalid', faults: checker.faults };
}

function parseJson(source: string): Json | undefined {
	try {
		return JSON.parse(source);
	} catch {
		return undefined;
	}
}

function hasStates({ States }: JsonObject): boolean {
	return isObject(States) && Object.keys(States).length > 0;
}

/** Whether the machine, or at least one of its states, names JSONata as its query language. */
function usesJsonata({ QueryLanguage, ...branch }: JsonObject): boolean {
	return QueryLanguage === 'JSONata' || hasJsonataState(branch);
}

function hasJsonataState(branch: Json | undefined): boolean {
	if (!isObject(branch) || !isObject(branch['States'])) return false;
	return Object.values(branch['States']).some(
		(state) =>
			isObject(state) &&
			(state['QueryLanguage'] === 'JSONata' || nestedBranches(state).some(hasJsonataState)),
	);
}

function jsonPathMachineFault({ QueryLanguage }: JsonObject): Fault {
	return QueryLanguage === undefined || QueryLanguage === 'JSONPath'
		? schemaFault(QueryLanguage === undefined ? '' : '/QueryLanguage', JSONPATH_ADVICE)
		: schemaFault('/QueryLanguage', "The field 'QueryLanguage' must be one of JSONata, JSONPath");
}

/** The language's rule: a state without a query language has that of the whole machine, wherever it is nested. */
function createChecker(machineLanguage: Json | undefined) {
	const faults: Fault[] = [];
	const names = new Set<string>();

	const checkSchema = (schema: TSchema, value: Json, path: string): boolean => {
		if (Value.Check(schema, value)) return true;
		faults.push(...describeSchemaErrors(Value.Errors(schema, value), value, path));
		return false;
	};

	const checkBranch = (value: Json | undefined, path: string): void => {
		if (!isObject(value) || !isObject(value['States'])) return;
		for (const [name, state] of Object.entries(value['States'])) {
			checkName(name, `${path}/States/${name}`);
			checkState(state, `${path}/States/${name}`);
		}
		faults.push(...branchFaults(value, path));
	};

	const checkName = (name: string, path: string): void => {
		if (name.length < 1 || name.length > 80)
			faults.push(schemaFault(path, 'A state name must have 1 to 80 characters'));
		if (names.has(name))
			faults.push({ code: 'DUPLICATE_STATE_NAME', path, message: `Duplicate State name: ${name}` });
		names.add(name);
	};

	const checkState = (state: Json, path: string): void => {
		if (isObject(state) && isJsonPath(state, path)) return;
		const type = isObject(state) ? state['Type'] : undefined;
		const schema = Object.entries(STATE_SCHEMAS).find(([known]) => known === type)?.[1];
		if (schema === undefined) {
			const types = Object.keys(STATE_SCHEMAS).join(', ');
			faults.push(
				schemaFault(`${path}/Type`, `The field 'Type' should have one of these values: [${types}]`),
			);
		} else if (checkSchema(schema, state, path) && isState(state)) faults.push(...stateFaults(state, path));
		if (!isObject(state)) return;
		if (Array.isArray(state['Branches']))
			state['Branches'].forEach((branch, index) => checkBranch(branch, `${path}/Branches/${index}`));
		checkBranch(state['ItemProcessor'], `${path}/ItemProcessor`);
	};

	const isJsonPath = ({ QueryLanguage = machineLanguage ?? 'JSONPath' }: JsonObject, path: string) => {
		if (QueryLanguage !== 'JSONPath') return false;
		const message =
			machineLanguage === 'JSONata'
				? "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
				: JSONPATH_ADVICE;
		faults.push(schemaFault(path, message));
		return true;
	};

	return { faults, checkSchema, checkBranch };
}

/** Both guards only convert the type: the schemas have checked the value. */
function isDefinition(value: Json): value is Json & Branch {
	return isObject(value);
}

function isState(value: Json): value is Json & State {
	return isObject(value);
}

function nestedBranches(state: JsonObject): readonly Json[] {
	const { Branches, ItemProcessor } = state;
	return [
		...(Array.isArray(Branches) ? Branches : []),
		...(ItemProcessor === undefined ? [] : [ItemProcessor]),
	];
}

/** Checks that a schema cannot express. */
function stateFaults(state: State, path: string): Fault[] {
	return [
		...flowFaults(state, path),
		...('Retry' in state || 'Catch' in state ? errorListFaults(state, path) : []),
		...taskFaults(state, path),
		...waitFaults(state, path),
		...assignFaults(state, path),
		...ownExpressionFaults(JSON.parse(JSON.stringify(state)), path),
	];
}

function flowFaults(state: State, path: string): Fault[] {
	if (state.Type === 'Choice' || state.Type === 'Succeed' || state.Type === 'Fail') return [];
	const isValid = (state.Next !== undefined) !== (state.End === true);
	return isValid ? [] : [schemaFault(path, "A state needs either 'Next' or 'End': true")];
}

/** The supported service integrations, and a Lambda function's own ARN. */
const RESOURCES =
	/^arn:aws(-cn|-us-gov)?:(states:::((lambda:invoke|sns:publish|sqs:sendMessage)(\.waitForTaskToken)?|events:putEvents)|lambda:[a-z0-9-]+:\d{12}:function:[^:]+(:[^:]+)?)$/;

function taskFaults(state: State, path: string): Fault[] {
	if (state.Type !== 'Task') return [];
	const { Resource, TimeoutSeconds, HeartbeatSeconds } = state;
	const faults: Fault[] = [];
	if (!RESOURCES.test(Resource)) {
		const supported =
			'lambda:invoke, sns:publish and sqs:sendMessage (also with .waitForTaskToken), events:putEvents, function ARNs';
		faults.push(
			schemaFault(
				`${path}/Resource`,
				`The resource ${Resource} is not supported here. Supported: ${supported}`,
			),
		);
	}
	if (
		typeof TimeoutSeconds === 'number' &&
		typeof HeartbeatSeconds === 'number' &&
		HeartbeatSeconds >= TimeoutSeconds
	)
		faults.push(
			schemaFault(`${path}/HeartbeatSeconds`, "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'"),
		);
	return faults;
}

function waitFaults(state: State, path: string): Fault[] {
	if (state.Type !== 'Wait') return [];
	const { Seconds, Timestamp } = state;
	if ((Seconds === undefined) === (Timestamp === undefined))
		return [schemaFault(path, "A Wait state needs exactly one of 'Seconds' and 'Timestamp'")];
	if (Timestamp === undefined || isExpression(Timestamp) || isTimestamp(Timestamp)) return [];
	return [schemaFault(`${path}/Timestamp`, 'String does not match RFC3339 timestamp')];
}

function errorListFaults(state: State, path: string): Fault[] {
	const lists = {
		Retry: 'Retry' in state ? (state.Retry ?? []) : [],
		Catch: 'Catch' in state ? (state.Catch ?? []) : [],
	};
	return Object.entries(lists).flatMap(([field, list]) =>
		list.flatMap(({ ErrorEquals }, index) => {
			const isAllowed =
				!ErrorEquals.includes('States.ALL') || (ErrorEquals.length === 1 && index === list.length - 1);
			const at = `${path}/${field}/${index}/ErrorEquals`;
			return isAllowed ? [] : [schemaFault(at, 'States.ALL must be alone and in the last entry')];
		}),
	);
}

/** States, catchers and rules of a Choice can assign variables. */
function assignFaults(state: State, path: string): Fault[] {
	return [
		...('Assign' in state ? variableFaults(state.Assign, path) : []),
		...('Catch' in state
			? (state.Catch ?? []).flatMap(({ Assign }, index) => variableFaults(Assign, `${path}/Catch/${index}`))
			: []),
		...('Choices' in state
			? state.Choices.flatMap(({ Assign }, index) => variableFaults(Assign, `${path}/Choices/${index}`))
			: []),
	];
}

function variableFaults(assign: Readonly<Record<string, Json>> | undefined, path: string): Fault[] {
	return Object.keys(assign ?? {})
		.filter((name) => name === 'states' || name.length > 80 || !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name))
		.map((name) => schemaFault(`${path}/Assign/${name}`, `Invalid variable name: ${name}`));
}

/** Skips nested machines: their states are checked one by one. */
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
			return [schemaFault(path, `Invalid JSONata expression ${value}: ${Object(error).message}`)];
		}
	}
	if (Array.isArray(value)) return value.flatMap((item, index) => expressionFaults(item, `${path}/${index}`));
	if (!isObject(value)) return [];
	return Object.entries(value).flatMap(([name, member]) => expressionFaults(member, `${path}/${name}`));
}

/** Checks the graph of a branch: every target exists, every state is reachable, and one state ends the branch. */
function branchFaults(branch: JsonObject, path: string): Fault[] {
	const { StartAt, States } = branch;
	if (typeof StartAt !== 'string' || !isObject(States)) return [];
	const faults: Fault[] = [];
	const missing = (field: string, target: string, at: string) =>
		faults.push({
			code: 'MISSING_TRANSITION_TARGET',
			path: at,
			message: `Missing '${field}' target: ${target}`,
		});
	if (!Object.hasOwn(States, StartAt)) missing('StartAt', StartAt, `${path}/StartAt`);
	const reached = new Set([StartAt]);
	for (const name of reached) {
		for (const [field, target] of targetsOf(Object.hasOwn(States, name) ? States[name] : undefined)) {
			if (Object.hasOwn(States, target)) reached.add(target);
			else missing(field.split('/').at(-1) ?? field, target, `${path}/States/${name}/${field}`);
		}
	}
	for (const name of Object.keys(States)) {
		if (reached.has(name)) continue;
		const message = `State "${name}" is not reachable.`;
		faults.push({ code: 'MISSING_TRANSITION_TARGET', path: `${path}/States/${name}`, message });
	}
	const canEnd = Object.values(States).some(
		(state) =>
			isObject(state) && (state['End'] === true || state['Type'] === 'Succeed' || state['Type'] === 'Fail'),
	);
	if (!canEnd) faults.push(schemaFault(`${path}/States`, 'No state ends the branch'));
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

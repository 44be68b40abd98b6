import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import type { Execution, Machine } from './execution.ts';
import { Arn, checkName, createPageToken, PAGE_INPUT, parsePage } from './operation-input.ts';
import { checkDefinition, parseDefinition } from './parse-definition.ts';
import type { Store } from './store.ts';

const CreateInput = Type.Object({
	name: Type.String({ minLength: 1 }),
	definition: Type.String(),
	roleArn: Arn,
	type: Type.Optional(Type.Enum(['STANDARD', 'EXPRESS'])),
	publish: Type.Optional(Type.Boolean()),
});
const UpdateInput = Type.Object({
	stateMachineArn: Arn,
	definition: Type.Optional(Type.String()),
	roleArn: Type.Optional(Arn),
	publish: Type.Optional(Type.Boolean()),
});
const MachineInput = Type.Object({ stateMachineArn: Arn });
const ListInput = Type.Object(PAGE_INPUT);
const ValidateInput = Type.Object({
	definition: Type.String(),
	maxResults: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
});

/** The default of ValidateStateMachineDefinition (API reference). */
const MAX_DIAGNOSTICS = 100;

interface MachinesOptions {
	readonly store: Store;
	readonly clock: Clock;
	readonly region: string;
	readonly accountId: string;
	/** Stops the running executions of a machine that is deleted. */
	readonly stopAll: (machineArn: string) => Promise<void>;
}

/** Creates the registry of state machines with all their revisions, and the operations on it. */
export function createMachines({ store, clock, region, accountId, stopAll }: MachinesOptions) {
	const revisions = Map.groupBy(store.machines(), ({ arn }) => arn);

	const save = (machine: Machine): Machine => {
		revisions.set(machine.arn, [...(revisions.get(machine.arn) ?? []), machine]);
		store.saveMachine(machine);
		store.flush();
		return machine;
	};

	const find = (arn: string): Machine => {
		const machine = revisions.get(arn)?.at(-1);
		if (machine !== undefined) return machine;
		if (!/^arn:[^:]+:states:[^:]*:[^:]*:stateMachine:.+$/.test(arn))
			throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
		throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
	};

	const findRevision = ({ machineArn, machineRevision }: Execution): Machine | undefined =>
		revisions.get(machineArn)?.find(({ revision }) => revision === machineRevision);

	const operations: Record<string, Operation> = {
		CreateStateMachine(input) {
			const { name, definition, roleArn, type, publish } = parseInput(CreateInput, input);
			refuseVersions(publish);
			checkName(name);
			if (type === 'EXPRESS')
				throw new AwsError(
					'ValidationException',
					'The local Step Functions supports STANDARD state machines only.',
				);
			parseDefinition(definition);
			const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
			const existing = revisions.get(arn)?.at(-1);
			// A repeated request with another role is idempotent and leaves the role unchanged (API reference).
			if (existing !== undefined && existing.definition !== definition) {
				throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
			}
			const nowMs = clock.now();
			const machine =
				existing ??
				save({ arn, name, revision: 1, roleArn, definition, createdAtMs: nowMs, updatedAtMs: nowMs });
			return { stateMachineArn: arn, creationDate: machine.createdAtMs / 1000 };
		},
		UpdateStateMachine(input) {
			const { stateMachineArn, definition, roleArn, publish } = parseInput(UpdateInput, input);
			refuseVersions(publish);
			const machine = find(stateMachineArn);
			if (definition === undefined && roleArn === undefined)
				throw new AwsError(
					'MissingRequiredParameter',
					'Either the definition or the role ARN must be specified',
				);
			if (definition !== undefined) parseDefinition(definition);
			const updatedAtMs = clock.now();
			save({
				...machine,
				revision: machine.revision + 1,
				definition: definition ?? machine.definition,
				roleArn: roleArn ?? machine.roleArn,
				updatedAtMs,
			});
			return { updateDate: updatedAtMs / 1000 };
		},
		DescribeStateMachine: (input) => describeMachine(find(parseInput(MachineInput, input).stateMachineArn)),
		ListStateMachines(input) {
			const { offset, limit } = parsePage(parseInput(ListInput, input));
			const all = [...revisions.values()].flatMap((list) => list.slice(-1));
			const page = all.slice(offset, offset + limit);
			return {
				stateMachines: page.map(({ arn, name, createdAtMs }) => ({
					stateMachineArn: arn,
					name,
					type: 'STANDARD',
					creationDate: createdAtMs / 1000,
				})),
				...createPageToken(offset, limit, all.length > offset + limit),
			};
		},
		async DeleteStateMachine(input) {
			const { stateMachineArn } = parseInput(MachineInput, input);
			await stopAll(stateMachineArn);
			revisions.delete(stateMachineArn);
			store.removeMachine(stateMachineArn);
			store.flush();
			return {};
		},
		ValidateStateMachineDefinition(input) {
			const { definition, maxResults = 0 } = parseInput(ValidateInput, input);
			const checked = checkDefinition(definition);
			if (checked.kind === 'valid') return { result: 'OK', diagnostics: [], truncated: false };
			const limit = maxResults === 0 ? MAX_DIAGNOSTICS : maxResults;
			return {
				result: 'FAIL',
				diagnostics: checked.faults.slice(0, limit).map(({ code, path, message }) => ({
					severity: 'ERROR',
					code,
					message,
					location: path || '/',
				})),
				truncated: checked.faults.length > limit,
			};
		},
	};

	return {
		operations,
		find,
		/** Returns the revision that an execution started with, or `undefined` if its machine was deleted. */
		findRevision,
		/** @throws AwsError `StateMachineDoesNotExist` if the machine was deleted. */
		getRevision: (execution: Execution): Machine => findRevision(execution) ?? find(execution.machineArn),
	};
}

/** The registry of state machines. */
export type Machines = ReturnType<typeof createMachines>;

function refuseVersions(publish = false): void {
	if (!publish) return;
	throw new AwsError(
		'ValidationException',
		'The local Step Functions does not support versions: leave out publish.',
	);
}

function describeMachine({ arn, name, definition, roleArn, createdAtMs }: Machine) {
	return {
		stateMachineArn: arn,
		name,
		status: 'ACTIVE',
		definition,
		roleArn,
		type: 'STANDARD',
		creationDate: createdAtMs / 1000,
		loggingConfiguration: { level: 'OFF', includeExecutionData: false },
		tracingConfiguration: { enabled: false },
	};
}

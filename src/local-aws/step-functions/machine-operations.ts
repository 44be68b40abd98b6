import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import { parseDefinition } from './definition.ts';
import type { Execution, Machine } from './execution.ts';
import { pageOf, tokenAfter } from './paging.ts';
import type { Store } from './store.ts';

const Arn = Type.String({ minLength: 1, maxLength: 256 });
const CreateInput = Type.Object({
	name: Type.String({ minLength: 1 }),
	definition: Type.String(),
	roleArn: Arn,
	type: Type.Optional(Type.Enum(['STANDARD', 'EXPRESS'])),
});
const UpdateInput = Type.Object({
	stateMachineArn: Arn,
	definition: Type.Optional(Type.String()),
	roleArn: Type.Optional(Arn),
});
const OfMachine = Type.Object({ stateMachineArn: Arn });
const Page = Type.Object({
	maxResults: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
	nextToken: Type.Optional(Type.String()),
});
const ValidateInput = Type.Object({ definition: Type.String() });

/** The state machines, each with all its revisions. */
export function createMachines({
	store,
	clock,
	region,
	accountId,
	stopAll,
}: {
	store: Store;
	clock: Clock;
	region: string;
	accountId: string;
	/** Ends what a machine that is deleted still runs. */
	stopAll: (machineArn: string) => Promise<void>;
}) {
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

	const operations: Record<string, Operation> = {
		CreateStateMachine(input) {
			const { name, definition, roleArn, type } = parseInput(CreateInput, input);
			checkName(name);
			if (type === 'EXPRESS')
				throw new AwsError('ValidationException', 'Express state machines are not built in the local AWS.');
			parseDefinition(definition);
			const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
			const existing = revisions.get(arn)?.at(-1);
			// Another role is no other machine: AWS leaves the role as it was.
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
			const { stateMachineArn, definition, roleArn } = parseInput(UpdateInput, input);
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
		DescribeStateMachine: (input) => describe(find(parseInput(OfMachine, input).stateMachineArn)),
		ListStateMachines(input) {
			const { offset, limit } = pageOf(parseInput(Page, input), 100);
			const all = [...revisions.values()].flatMap((list) => list.slice(-1));
			const page = all.slice(offset, offset + limit);
			return {
				stateMachines: page.map(({ arn, name, createdAtMs }) => ({
					stateMachineArn: arn,
					name,
					type: 'STANDARD',
					creationDate: createdAtMs / 1000,
				})),
				...tokenAfter(offset, limit, all.length > offset + limit),
			};
		},
		async DeleteStateMachine(input) {
			const { stateMachineArn } = parseInput(OfMachine, input);
			await stopAll(stateMachineArn);
			revisions.delete(stateMachineArn);
			store.removeMachine(stateMachineArn);
			store.flush();
			return {};
		},
		ValidateStateMachineDefinition(input) {
			const { definition } = parseInput(ValidateInput, input);
			try {
				parseDefinition(definition);
				return { result: 'OK', diagnostics: [], truncated: false };
			} catch (error) {
				if (!(error instanceof AwsError)) throw error;
				return {
					result: 'FAIL',
					diagnostics: [{ severity: 'ERROR', code: error.code, message: error.message }],
					truncated: false,
				};
			}
		},
	};

	return {
		operations,
		find,
		/** The very revision that an execution runs, also of a machine that was updated since. */
		revisionOf({ machineArn, machineRevision }: Execution): Machine {
			return (
				revisions.get(machineArn)?.find(({ revision }) => revision === machineRevision) ?? find(machineArn)
			);
		},
	};
}

export type Machines = ReturnType<typeof createMachines>;

/** White space, brackets, wildcards, and what has a meaning in ARNs, URLs or shells. */
const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

/** Names of machines and executions. */
export function checkName(name: string): void {
	if (name.length >= 1 && name.length <= 80 && !FORBIDDEN_IN_NAMES.test(name)) return;
	throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

function describe({ arn, name, definition, roleArn, createdAtMs }: Machine) {
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

import type { DeclaredError } from '../workflows/define-workflow.ts';

/** A JSON object of a definition. */
type JsonObject = Readonly<Record<string, unknown>>;

/** The substitution by which a state invokes the steps of its workflow. */
const STEPS = '${StepsFunctionArn}';

/** A crashed, throttled or otherwise failed invocation. It does not include timeouts. */
const TASK_FAILED = 'States.TaskFailed';

/** A state that took longer than its `TimeoutSeconds`. */
const TIMEOUT = 'States.Timeout';

/**
 * The retries of failed invocations. Steps are idempotent, so every failure is retried that a workflow has not declared
 * as final: Lambda's and Step Functions' errors, those of AWS calls inside a step, and unexpected ones. They last about
 * half a minute.
 */
const STANDARD_RETRY = { IntervalSeconds: 1, MaxAttempts: 5, BackoffRate: 2, JitterStrategy: 'FULL' };

/**
 * Completes a definition for deployment. Each state that invokes steps gets the standard retriers, unless its own retriers
 * cover these errors. Each Fail state marks its cause as final, because a redrive would only enter the Fail state again.
 */
export function packageDefinition(
	definition: object,
	errors: Readonly<Record<string, DeclaredError>>,
): JsonObject {
	const finalErrors = Object.keys(errors).filter((code) => errors[code]?.isTransient !== true);
	const packageMachine = (machine: unknown): JsonObject => {
		const { States, ...rest } = jsonObject(machine);
		const states = Object.entries(jsonObject(States)).map(([name, state]) => [name, packageState(state)]);
		return { ...rest, States: Object.fromEntries(states) };
	};
	const packageState = (value: unknown): JsonObject => {
		const state = jsonObject(value);
		const { Type, Branches, ItemProcessor } = state;
		if (Type === 'Fail') return withFinalCause(state);
		if (Type === 'Task') return invokesSteps(state) ? withStandardRetriers(state, finalErrors) : state;
		return {
			...state,
			...(Array.isArray(Branches) ? { Branches: Branches.map(packageMachine) } : {}),
			...(ItemProcessor === undefined ? {} : { ItemProcessor: packageMachine(ItemProcessor) }),
		};
	};
	return packageMachine(definition);
}

/** Returns the names of the states that invoke steps, those inside of Map and Parallel states included. */
export function stepStates(machine: unknown): string[] {
	return Object.entries(jsonObject(jsonObject(machine)['States'])).flatMap(([name, value]) => {
		const state = jsonObject(value);
		const { Branches = [], ItemProcessor } = state;
		const inner = [
			...(Array.isArray(Branches) ? Branches : []),
			...(ItemProcessor === undefined ? [] : [ItemProcessor]),
		];
		return [...(invokesSteps(state) ? [name] : []), ...inner.flatMap(stepStates)];
	});
}

function invokesSteps({ Type, Resource, Arguments }: JsonObject): boolean {
	return Type === 'Task' && (Resource === STEPS || jsonObject(Arguments)['FunctionName'] === STEPS);
}

function waitsForCallback({ Resource }: JsonObject): boolean {
	return typeof Resource === 'string' && Resource.endsWith('.waitForTaskToken');
}

/** Final errors come first, so that no retrier with a wildcard retries them. */
function withStandardRetriers(state: JsonObject, finalErrors: readonly string[]): JsonObject {
	const own = Array.isArray(state['Retry']) ? state['Retry'].map(jsonObject) : [];
	const covered = new Set(own.flatMap(({ ErrorEquals }) => (Array.isArray(ErrorEquals) ? ErrorEquals : [])));
	const excluded = finalErrors.filter((code) => !covered.has(code));
	// A state that waits for a callback times out because no answer arrived, which a retry would not change.
	const standard = (waitsForCallback(state) ? [TASK_FAILED] : [TASK_FAILED, TIMEOUT]).filter(
		(error) => !covered.has(error) && !covered.has('States.ALL'),
	);
	return {
		...state,
		Retry: [
			...(excluded.length === 0 ? [] : [{ ErrorEquals: excluded, MaxAttempts: 0 }]),
			...own,
			...(standard.length === 0 ? [] : [{ ErrorEquals: standard, ...STANDARD_RETRY }]),
		],
	};
}

/** A cause that is marked already. */
const FINAL = /^(\{% \$string\(\{'final'|\{"final")/;
const EXPRESSION = /^\{%(.*)%\}$/s;

/** See `publicError`, which reads the mark. */
function withFinalCause(state: JsonObject): JsonObject {
	const { Cause } = state;
	if (typeof Cause === 'string' && FINAL.test(Cause)) return state;
	if (typeof Cause !== 'string') return { ...state, Cause: '{"final":true}' };
	const expression = EXPRESSION.exec(Cause)?.[1]?.trim();
	if (expression === undefined) return { ...state, Cause: JSON.stringify({ final: true, cause: Cause }) };
	return { ...state, Cause: `{% $string({'final': true, 'cause': ${expression}}) %}` };
}

function jsonObject(value: unknown): JsonObject {
	return typeof value === 'object' && value !== null ? { ...value } : {};
}

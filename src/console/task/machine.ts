/** A state machine, as far as the graph shows it. */
export interface Machine {
	readonly startAt: string;
	readonly states: readonly MachineState[];
}

/** One state of a machine. */
export interface MachineState {
	readonly name: string;
	/** Task, Choice, Map ... */
	readonly type: string;
	readonly comment?: string;
	readonly transitions: readonly Transition[];
	/** Whether the machine may end here. */
	readonly isEnd: boolean;
	/** Whether a failed attempt may be repeated. */
	readonly isRetried: boolean;
	/** The branches of a Parallel, or the processor of a Map. */
	readonly branches: readonly Machine[];
}

/** A way from one state to another. */
export interface Transition {
	readonly to: string;
	readonly kind: 'next' | 'choice' | 'default' | 'catch';
	/** The condition of a choice or the errors of a catch. */
	readonly label?: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Parses the definition that the API shows. Members that it lacks are left out. */
export function parseMachine(definition: unknown): Machine {
	const { StartAt, States } = jsonOf(definition);
	return {
		startAt: typeof StartAt === 'string' ? StartAt : '',
		states: Object.entries(jsonOf(States)).map(([name, state]) => parseState(name, jsonOf(state))),
	};
}

function parseState(name: string, state: Json): MachineState {
	const { Type, Comment, Next, Default, Choices, Catch, Retry, Branches, ItemProcessor, End } = state;
	const type = typeof Type === 'string' ? Type : 'Task';
	const transitions: Transition[] = [
		...listOf(Choices).flatMap((choice) => transitionTo(choice['Next'], 'choice', choice['Condition'])),
		...transitionTo(Default, 'default'),
		...transitionTo(Next, 'next'),
		...listOf(Catch).flatMap((rule) => transitionTo(rule['Next'], 'catch', namesOf(rule['ErrorEquals']))),
	];
	const nested = ItemProcessor === undefined ? listOf(Branches) : [jsonOf(ItemProcessor)];
	return {
		name,
		type,
		...(typeof Comment === 'string' ? { comment: Comment } : {}),
		transitions,
		isEnd: End === true || type === 'Succeed' || type === 'Fail',
		isRetried: listOf(Retry).some(({ MaxAttempts }) => MaxAttempts !== 0),
		branches: nested.map(parseMachine),
	};
}

function transitionTo(to: unknown, kind: Transition['kind'], label?: unknown): Transition[] {
	if (typeof to !== 'string') return [];
	return [{ to, kind, ...(typeof label === 'string' ? { label } : {}) }];
}

function namesOf(errors: unknown): string {
	return Array.isArray(errors)
		? errors.map((error) => (error === 'States.ALL' ? 'any error' : String(error))).join(', ')
		: '';
}

function jsonOf(value: unknown): Json {
	return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listOf(value: unknown): Json[] {
	return Array.isArray(value) ? value.map(jsonOf) : [];
}

/** Lists every state of a machine, those of branches and processors included. */
export function allStates(machine: Machine): readonly MachineState[] {
	return machine.states.flatMap((state) => [state, ...state.branches.flatMap(allStates)]);
}

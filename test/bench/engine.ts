import { randomUUID } from 'node:crypto';
import { createSystemClock } from '../../src/local-aws/clock.ts';
import { createStepFunctions } from '../../src/local-aws/step-functions/step-functions.ts';

const EXECUTIONS = 20_000;
const IN_FLIGHT = 100;
/** The lowest accepted rate. */
const MIN_EXECUTIONS_PER_SECOND = 5000;

const DEFINITION = JSON.stringify({
	QueryLanguage: 'JSONata',
	StartAt: 'First',
	States: {
		First: { Type: 'Pass', Assign: { name: '{% $states.input.name %}' }, Next: 'Second' },
		Second: {
			Type: 'Choice',
			Choices: [{ Condition: "{% $name = 'Ada' %}", Next: 'Third' }],
			Default: 'Third',
		},
		Third: { Type: 'Succeed', Output: { message: "{% 'Hello ' & $name %}" } },
	},
});

/** Runs executions of three states in process, with their histories. Resolves to `true` if the rate is high enough. */
export async function benchEngine(): Promise<boolean> {
	let onEnded = () => {};
	const stepFunctions = createStepFunctions({
		region: 'us-east-1',
		accountId: '000000000000',
		clock: createSystemClock(),
		newId: randomUUID,
		random: Math.random,
		file: ':memory:',
		call: () => Promise.reject(new Error('No state calls a service.')),
		onStatusChange: async ({ detail }) => {
			if (Object(detail).status === 'SUCCEEDED') onEnded();
		},
		onFault: (error) => {
			throw error;
		},
	});
	const { operations } = stepFunctions.service;
	const created = await operations['CreateStateMachine']?.({
		name: 'three-states',
		definition: DEFINITION,
		roleArn: 'arn:aws:iam::000000000000:role/x',
	});
	const { stateMachineArn } = Object(created);
	const run = async (count: number) => {
		const begunAtMs = performance.now();
		const { promise: allEnded, resolve } = Promise.withResolvers<void>();
		let running = count;
		onEnded = () => {
			if (--running === 0) resolve();
		};
		let left = count;
		const worker = async () => {
			while (left-- > 0) await operations['StartExecution']?.({ stateMachineArn, input: '{"name":"Ada"}' });
		};
		await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
		await allEnded;
		return Math.round(count / ((performance.now() - begunAtMs) / 1000));
	};
	await run(EXECUTIONS / 10);
	const perSecond = await run(EXECUTIONS);
	console.table({
		[`${EXECUTIONS} executions of three states`]: {
			'executions/s': perSecond,
			limit: MIN_EXECUTIONS_PER_SECOND,
		},
	});
	await stepFunctions.close();
	return perSecond >= MIN_EXECUTIONS_PER_SECOND;
}

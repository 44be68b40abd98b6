import { randomUUID } from 'node:crypto';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { test } from 'tap';
import { createExecutionClient, createTaskExecutions, executionArnOf } from '../../src/aws/executions.ts';
import { executionName, type TaskMessage, taskExecutionOf } from '../../src/tasks/task-message.ts';
import { createSimulatedExecutions, type Job } from '../simulation/simulated-executions.ts';
import { createVirtualTime } from '../simulation/virtual-time.ts';
import { bootUnless } from '../support/contract-stack.ts';
import { executionsContract } from '../support/executions-contract.ts';
import { pollUntil } from '../support/poll.ts';

const START_MS = Date.UTC(2026, 0, 1);

const messageOf = (type: string, data: unknown): TaskMessage => ({
	task: { task_id: randomUUID(), principal: 'ada', type, created_at_ms: START_MS },
	data,
});

test('the executions of the simulation', (t) =>
	executionsContract(t, async () => {
		const time = createVirtualTime(START_MS);
		const executions = createSimulatedExecutions({
			time,
			onChange: () => undefined,
			awaitCallback: () => Promise.reject(new Error('nobody waits')),
		});
		const jobs: Readonly<Record<'fails' | 'works', Job>> = {
			fails: { kind: 'work', forMs: 10, outcomes: ['FAILED'] },
			works: { kind: 'work', forMs: 3_600_000, outcomes: ['SUCCEEDED'] },
		};
		const nameOf = (task: TaskMessage) => executionName(taskExecutionOf(task));
		return {
			executions,
			describe: (task) => executions.describe(nameOf(task)),
			message: (kind) => messageOf('simulated', jobs[kind]),
			ended: () => time.runUntil(time.now() + 1000),
		};
	}));

/** Fails at once, or waits to be stopped. */
const DEFINITION = {
	QueryLanguage: 'JSONata',
	StartAt: 'Choose',
	States: {
		Choose: {
			Type: 'Choice',
			Choices: [{ Condition: "{% $states.input.data = 'fails' %}", Next: 'Break' }],
			Default: 'Work',
		},
		Break: { Type: 'Fail', Error: 'Broken' },
		Work: { Type: 'Wait', Seconds: 3600, End: true },
	},
};

/** On the local Step Functions; `STATES_ENDPOINT` and `STATES_ROLE_ARN` switch to a real one. */
test('the executions of Step Functions', async (t) => {
	const { STATES_ENDPOINT, STATES_ROLE_ARN } = process.env;
	const local = await bootUnless(t, STATES_ENDPOINT);
	const client = new SFNClient({
		region: 'us-east-1',
		endpoint: STATES_ENDPOINT ?? local?.awsEndpoint ?? '',
		...(local === undefined ? {} : { credentials: { accessKeyId: 'x', secretAccessKey: 'x' } }),
	});
	t.teardown(() => client.destroy());
	const type = `contract-${randomUUID().slice(0, 8)}`;
	const { stateMachineArn = '' } = await client.send(
		new CreateStateMachineCommand({
			name: type,
			roleArn: STATES_ROLE_ARN ?? 'arn:aws:iam::000000000000:role/contract',
			definition: JSON.stringify(DEFINITION),
		}),
	);
	const prefix = stateMachineArn.slice(0, -type.length);
	const executions = { ...createExecutionClient(client, prefix), ...createTaskExecutions(client, prefix) };
	const describe = (task: TaskMessage) => executions.describe(executionArnOf(prefix, taskExecutionOf(task)));
	await executionsContract(t, async () => ({
		executions,
		describe,
		message: (kind) => messageOf(type, kind),
		ended: async (task) => {
			await pollUntil('the end', async () => (await describe(task))?.status !== 'RUNNING' || undefined);
		},
	}));
});

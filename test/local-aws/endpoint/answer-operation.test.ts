import { readFileSync } from 'node:fs';
import { type Test, test } from 'tap';
import type { JsonService } from '../../../src/local-aws/endpoint/service.ts';
import { createEventBridge } from '../../../src/local-aws/event-bridge/event-bridge.ts';
import { SILENT } from '../../../src/local-aws/log.ts';
import { createSecretsManager } from '../../../src/local-aws/secrets-manager/secrets-manager.ts';
import { createParameterStore } from '../../../src/local-aws/ssm/ssm.ts';
import { createStepFunctions } from '../../../src/local-aws/step-functions/step-functions.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { serveEndpoint } from './serve-endpoint.ts';

/** Prefixes of `X-Amz-Target` by signing name. */
const TARGETS: Readonly<Record<string, string>> = {
	states: 'AWSStepFunctions',
	events: 'AWSEvents',
	ssm: 'AmazonSSM',
	secretsmanager: 'secretsmanager',
};

function openServices(t: Test): JsonService[] {
	let ids = 0;
	const options = {
		region: 'eu-west-1',
		accountId: '000000000000',
		clock: createManualClock(),
		newId: () => `id-${++ids}`,
		random: () => 0.5,
		randomInteger: () => 0,
		file: '',
		log: SILENT,
		deliver: async () => undefined,
		call: async () => ({ ok: true, output: null }) as const,
		onStatusChange: async () => undefined,
		onFault: (error: unknown) => t.error(error),
	};
	const states = createStepFunctions(options);
	const events = createEventBridge(options);
	const parameters = createParameterStore(options);
	const secrets = createSecretsManager(options);
	t.teardown(async () => {
		await states.close();
		for (const service of [events, parameters, secrets]) service.close();
	});
	return [states.service, events, parameters, secrets];
}

test('unknown operations are refused by name', async (t) => {
	const { call } = await serveEndpoint(t, openServices(t));
	const unsupported: Readonly<Record<string, string[]>> = {
		states: ['CreateActivity', 'StartSyncExecution', 'TestState', 'ListTagsForResource', 'DescribeMapRun'],
		events: ['CreateArchive', 'ListTagsForResource', 'PutPermission', 'StartReplay'],
		ssm: ['SendCommand', 'AddTagsToResource', 'LabelParameterVersion'],
		secretsmanager: ['RotateSecret', 'TagResource', 'ReplicateSecretToRegions'],
	};
	for (const [service, operations] of Object.entries(unsupported)) {
		for (const operation of operations) {
			const { status, headers, body } = await call(service, `${TARGETS[service]}.${operation}`);
			t.equal(status, 400, operation);
			t.equal(headers.get('x-amzn-errortype'), 'UnknownOperationException', operation);
			t.match(body, {
				__type: 'UnknownOperationException',
				message: new RegExp(`The local ${service} has no operation ${operation}\\. It has: [A-Z]\\w+, `),
			});
		}
	}
});

/** Operations whose input is optional, with a member that their answer to an empty request has. */
const WITHOUT_INPUT: Readonly<Record<string, string>> = {
	ListStateMachines: 'stateMachines',
	ListRules: 'Rules',
	ListSecrets: 'SecretList',
	GetRandomPassword: 'RandomPassword',
};

test('no operation returns an empty output for an empty request', async (t) => {
	const services = openServices(t);
	const { call } = await serveEndpoint(t, services);
	for (const { signingName, operations } of services) {
		for (const operation of Object.keys(operations)) {
			const { status, body } = await call(signingName, `${TARGETS[signingName]}.${operation}`);
			const member = WITHOUT_INPUT[operation];
			if (member === undefined) {
				t.equal(status, 400, operation);
				t.equal(body['__type'], 'ValidationException', operation);
			} else t.ok(body[member], operation);
		}
	}
});

test('unsupported settings are refused instead of ignored', async (t) => {
	const { call } = await serveEndpoint(t, openServices(t));
	const definition = JSON.stringify({
		QueryLanguage: 'JSONata',
		StartAt: 'S',
		States: { S: { Type: 'Succeed' } },
	});
	const machine = { name: 'm', definition, roleArn: 'arn:aws:iam::000000000000:role/r' };
	const stateMachineArn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:m';
	for (const [operation, input, message] of [
		['CreateStateMachine', { ...machine, publish: true }, /does not support versions/],
		['CreateStateMachine', { ...machine, type: 'EXPRESS' }, /STANDARD state machines only/],
		['UpdateStateMachine', { stateMachineArn, definition, publish: true }, /does not support versions/],
		['ListExecutions', { stateMachineArn, redriveFilter: 'REDRIVEN' }, /does not support redriveFilter/],
	] as const) {
		const { status, body } = await call('states', `AWSStepFunctions.${operation}`, input);
		t.match({ status, body }, { status: 400, body: { __type: 'ValidationException', message } }, operation);
	}
});

test('the README lists every operation of these services', async (t) => {
	const readme = readFileSync(new URL('../../../src/local-aws/README.md', import.meta.url), 'utf8');
	const names: Readonly<Record<string, string>> = {
		states: 'Step Functions',
		events: 'EventBridge',
		ssm: 'SSM',
		secretsmanager: 'Secrets Manager',
	};
	for (const { signingName, operations } of openServices(t)) {
		const [, row = ''] = new RegExp(`^\\| ${names[signingName]} \\| (.*) \\|$`, 'm').exec(readme) ?? [];
		t.strictSame(row.split(/[,;] /).toSorted(), Object.keys(operations).toSorted(), signingName);
	}
});

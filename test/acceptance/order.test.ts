import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Test, test } from 'tap';
import * as Value from 'typebox/value';
import { buildProject } from '../../src/local/build-project.ts';
import { projectOptions } from '../../src/local/start-stack.ts';
import { startStack } from '../../src/local-aws/index.ts';
import { OrderResult } from '../../src/workflows/order/workflow.ts';
import { createClient } from '../support/client.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const TOKEN = 'the-old-partner-token';
const NEXT_TOKEN = 'the-next-partner-token';

const order = (...skus: string[]) => ({
	type: 'order',
	data: { order_id: 'A-1', items: skus.map((sku) => ({ sku, quantity: 1 })) },
});

type Template = Readonly<Record<string, unknown>>;

/** A stack from the packaged template, optionally modified by `change`. */
async function boot(t: Test, change: (template: Template) => Template = (template) => template) {
	const packaged = Object(await buildProject('none'));
	const { log, lines } = createRecordingLog();
	const stack = await startStack({ ...projectOptions(), template: change(structuredClone(packaged)), log });
	t.teardown(() => stack.close());
	const aws = {
		endpoint: stack.awsEndpoint,
		region: stack.region,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	};
	return { stack, lines, aws, ...createClient(stack.url) };
}

/** Subscribes to the notification topic; each call returns the next message. */
async function listenToTopic(t: Test, { stack, aws }: Awaited<ReturnType<typeof boot>>) {
	const sns = new SNSClient(aws);
	const sqs = new SQSClient(aws);
	t.teardown(() => {
		sns.destroy();
		sqs.destroy();
	});
	const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
	await sns.send(
		new SubscribeCommand({
			TopicArn: stack.outputs['NotificationTopicArn'],
			Protocol: 'sqs',
			Endpoint: `arn:aws:sqs:${stack.region}:000000000000:told`,
			Attributes: { RawMessageDelivery: 'true' },
		}),
	);
	return async (): Promise<unknown> => {
		const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
		return JSON.parse(Messages[0]?.Body ?? 'null');
	};
}

test('orders', async (t) => {
	const stack = await boot(t);
	const { post, finished } = stack;
	const told = await listenToTopic(t, stack);
	const runOrder = async (...skus: string[]) => {
		const { status, body } = await post(order(...skus));
		t.equal(status, 202);
		return finished(body['task_id']);
	};

	await t.test('an order in stock is shipped', async (t) => {
		const { task_id, status, result } = await runOrder('MUG-1', 'PEN-3');
		t.match({ status, result }, { status: 'SUCCEEDED', result: { order_id: 'A-1', outcome: 'shipped' } });
		t.ok(Value.Check(OrderResult, result));
		const text = `Order A-1 is on its way: ${Object(result).tracking_id}`;
		t.strictSame(await told(), { task_id, type: 'order', outcome: 'shipped', text });
	});

	await t.test('an order out of stock is backordered', async (t) => {
		const { task_id, status, result } = await runOrder('MUG-1', 'OUT-7');
		t.equal(status, 'SUCCEEDED');
		t.strictSame(result, { order_id: 'A-1', outcome: 'backordered', missing: ['OUT-7'] });
		const text = 'Order A-1 waits for OUT-7';
		t.strictSame(await told(), { task_id, type: 'order', outcome: 'backordered', text });
	});

	await t.test('an invalid order is rejected with 422', async (t) => {
		const refused: [data: object, loc: (string | number)[]][] = [
			[{ order_id: 'A-1' }, ['body', 'data', 'items']],
			[{ order_id: 'A-1', items: [] }, ['body', 'data', 'items']],
			[{ ...order('a').data, note: 'x' }, ['body', 'data', 'note']],
			[{ order_id: 'A-1', items: [{ sku: 'a', quantity: 0 }] }, ['body', 'data', 'items', 0, 'quantity']],
		];
		for (const [data, loc] of refused) {
			const { status, body } = await post({ type: 'order', data });
			t.match({ status, body }, { status: 422, body: { type: '/problems/validation', errors: [{ loc }] } });
		}
	});

	await t.test('the partner APIs reject requests without a token', async (t) => {
		const { status, headers } = await fetch(`${stack.stack.url}/partners/inventory/reservations`, {
			method: 'POST',
			headers: { authorization: 'Bearer not-the-local-partner-token' },
		});
		t.equal(status, 401);
		t.equal(headers.get('www-authenticate'), 'Bearer');
	});
});

/** Gives the order's steps a secret of their own, to simulate a token rotation at the inventory API. */
function withOwnSecret(template: Template): Template {
	const { Resources } = Object(template);
	const secret = (tokens: object) => ({ SecretString: JSON.stringify(tokens) });
	const { Variables } = Resources.OrderStepsLambdaFunction.Properties.Environment;
	Variables.PARTNER_TOKENS_SECRET_ARN = { Ref: 'OrderTokensSecret' };
	Resources.PartnerTokensSecret.Properties = secret({ current: NEXT_TOKEN, previous: TOKEN });
	Resources.OrderTokensSecret = {
		Type: 'AWS::SecretsManager::Secret',
		Properties: { Name: 'order-tokens', ...secret({ current: 'a-token-that-is-no-more' }) },
	};
	Resources.OrderStepsRole.Properties.Policies[0].PolicyDocument.Statement.push({
		Effect: 'Allow',
		Action: 'secretsmanager:GetSecretValue',
		Resource: { Ref: 'OrderTokensSecret' },
	});
	return template;
}

test('partner tokens are rotated without failures', async (t) => {
	const { lines, aws, post, finished } = await boot(t, withOwnSecret);
	const secrets = new SecretsManagerClient(aws);
	t.teardown(() => secrets.destroy());
	const runOrder = async () => finished((await post(order('MUG-1'))).body['task_id']);
	const put = (current: string) =>
		secrets.send(
			new PutSecretValueCommand({ SecretId: 'order-tokens', SecretString: JSON.stringify({ current }) }),
		);

	t.match(await runOrder(), {
		status: 'FAILED',
		error: { code: 'PartnerUnauthorized', message: 'The inventory API refuses our token.' },
	});
	await put(TOKEN);
	t.match(await runOrder(), { status: 'SUCCEEDED' }, 'the steps read the secret again after a 401');
	t.notMatch(JSON.stringify(lines), /partner-token|no-more/, 'no token is logged');
});

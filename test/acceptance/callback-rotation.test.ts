import {
	ListSecretsCommand,
	PutSecretValueCommand,
	SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

test('a rotation of the callback key on a running stack invalidates no token of the last two keys', async (t) => {
	const stack = await bootPackaged(
		{ port: 0, auth: 'none' },
		{ log: createRecordingLog().log, clock: createMovableClock() },
	);
	t.teardown(() => stack.close());
	const secrets = new SecretsManagerClient({
		endpoint: stack.awsEndpoint,
		region: stack.region,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	});
	t.teardown(() => secrets.destroy());
	const { SecretList = [] } = await secrets.send(new ListSecretsCommand());
	const SecretId = SecretList.find(({ Name }) => Name?.includes('Callback'))?.ARN;
	const rotate = (current: string, previous: string) =>
		secrets.send(
			new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify({ current, previous }) }),
		);
	const createToken = async (): Promise<string> => {
		const response = await fetch(`${stack.url}/v1/callback-tokens`, { method: 'POST' });
		t.equal(response.status, 201);
		return Object(await response.json()).token;
	};
	/** Status of a read with the token: 404 if it is valid, since no callback has this key. */
	const use = async (token: string) =>
		(await fetch(`${stack.url}/v1/callbacks/NONE-1`, { headers: { authorization: `Bearer ${token}` } }))
			.status;

	await rotate('first-key', '');
	const first = await createToken();
	t.equal(await use(first), 404);
	await rotate('second-key', 'first-key');
	t.equal(await use(first), 404, 'a token of the previous key, before the functions read the new one');
	const second = await createToken();
	t.not(second, first);
	t.strictSame([await use(first), await use(second)], [404, 404]);
	await rotate('third-key', 'second-key');
	const third = await createToken();
	t.strictSame([await use(second), await use(third)], [404, 404]);
	t.equal(await use(first), 401, 'a token of a key before the previous one');
});

import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createParameterStore } from '../../../src/local-aws/ssm/ssm.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { serveEndpoint } from '../endpoint/serve-endpoint.ts';

const ARN = 'arn:aws:ssm:eu-west-1:000000000000:parameter';

function open(file = '') {
	const clock = createManualClock(Date.UTC(2026, 0, 1));
	return createParameterStore({ clock, region: 'eu-west-1', accountId: '000000000000', file });
}

/** Calls operations over HTTP and returns the answer, or the code of the error. */
async function build(t: Test) {
	const store = open();
	t.teardown(() => store.close());
	const { call } = await serveEndpoint(t, [store]);
	return async (operation: string, input: object) => {
		const { body } = await call('ssm', `AmazonSSM.${operation}`, input);
		return body['__type'] ?? body;
	};
}

t.test('a parameter is put, read, overwritten and deleted', async (t) => {
	const call = await build(t);
	const put = { Name: '/app/issuer', Value: 'one', Type: 'String' };
	t.same(await call('PutParameter', put), { Version: 1, Tier: 'Standard' });
	t.same(await call('GetParameter', { Name: '/app/issuer' }), {
		Parameter: {
			Name: '/app/issuer',
			Type: 'String',
			Value: 'one',
			Version: 1,
			LastModifiedDate: Date.UTC(2026, 0, 1) / 1000,
			ARN: `${ARN}/app/issuer`,
			DataType: 'text',
		},
	});
	t.equal(await call('PutParameter', { ...put, Value: 'two' }), 'ParameterAlreadyExists');
	t.match(await call('PutParameter', { Name: '/app/issuer', Value: 'two', Overwrite: true }), { Version: 2 });
	const latest = { Parameter: { Value: 'two', Type: 'String', Version: 2 } };
	t.match(await call('GetParameter', { Name: '/app/issuer' }), latest);
	t.match(await call('GetParameter', { Name: `${ARN}/app/issuer` }), latest);
	t.match(await call('GetParameter', { Name: '/app/issuer:1' }), { Parameter: { Value: 'one' } });
	t.equal(await call('GetParameter', { Name: '/app/issuer:3' }), 'ParameterVersionNotFound');
	t.same(await call('DeleteParameter', { Name: '/app/issuer' }), {});
	t.equal(await call('GetParameter', { Name: '/app/issuer' }), 'ParameterNotFound');
	t.equal(await call('DeleteParameter', { Name: '/app/issuer' }), 'ParameterNotFound');
});

t.test('a SecureString is readable only with decryption', async (t) => {
	const call = await build(t);
	await call('PutParameter', { Name: 'token', Value: 'open sesame', Type: 'SecureString' });
	t.match(await call('GetParameter', { Name: 'token', WithDecryption: true }), {
		Parameter: { Value: 'open sesame', ARN: `${ARN}/token` },
	});
	t.notMatch(JSON.stringify(await call('GetParameter', { Name: 'token' })), /open sesame/);
	t.match(await call('GetParameter', { Name: `${ARN}/token` }), { Parameter: { Name: 'token' } });
});

t.test('GetParameters and DeleteParameters report unknown names', async (t) => {
	const call = await build(t);
	for (const Name of ['a', 'b']) await call('PutParameter', { Name, Value: Name, Type: 'String' });
	t.match(await call('GetParameters', { Names: ['b', 'none', 'a'] }), {
		Parameters: [{ Name: 'b' }, { Name: 'a' }],
		InvalidParameters: ['none'],
	});
	t.same(await call('DeleteParameters', { Names: ['a', 'none'] }), {
		DeletedParameters: ['a'],
		InvalidParameters: ['none'],
	});
});

t.test('GetParametersByPath returns pages', async (t) => {
	const call = await build(t);
	const names = ['/app/a', '/app/b', '/app/deep/c', '/apple', '/other'];
	for (const Name of names) await call('PutParameter', { Name, Value: 'x', Type: 'String' });
	const list = (input: object) => call('GetParametersByPath', { Path: '/app', ...input });
	t.match(await list({}), { Parameters: [{ Name: '/app/a' }, { Name: '/app/b' }] });
	const first = { Parameters: [{ Name: '/app/a' }, { Name: '/app/b' }], NextToken: '/app/b' };
	t.match(await list({ Recursive: true, MaxResults: 2 }), first);
	const second = await list({ Recursive: true, MaxResults: 2, NextToken: '/app/b' });
	t.match(second, { Parameters: [{ Name: '/app/deep/c' }] });
	t.notMatch(second, { NextToken: String });
	t.equal(await list({ Path: 'app' }), 'ValidationException');
});

t.test('invalid parameters are refused', async (t) => {
	const call = await build(t);
	const put = (input: object) => call('PutParameter', { Name: 'a', Value: 'x', Type: 'String', ...input });
	t.equal(await call('PutParameter', { Name: 'a', Value: 'x' }), 'ValidationException', 'no type');
	t.equal(await put({ Type: 'Number' }), 'ValidationException');
	t.equal(await put({ Name: 'a b' }), 'ValidationException');
	t.equal(await put({ Name: 'a/b' }), 'ValidationException');
	t.equal(await put({ Name: '/aws/a' }), 'ValidationException');
	t.equal(await put({ Name: '/a'.repeat(16) }), 'HierarchyLevelLimitExceededException');
	t.equal(await put({ Value: '' }), 'ValidationException');
	t.equal(await put({ Value: 'x'.repeat(4097) }), 'ValidationException');
	t.equal(await put({ AllowedPattern: '\\d+' }), 'ParameterPatternMismatchException');
	t.match(await put({ Value: 'x'.repeat(4097), Tier: 'Intelligent-Tiering' }), { Tier: 'Advanced' });
});

t.test('the oldest versions are deleted beyond 100', async (t) => {
	const store = open();
	t.teardown(() => store.close());
	const read = (Name: string) => store.operations['GetParameter']?.({ Name });
	for (let count = 1; count <= 101; count += 1) {
		store.put({ Name: 'a', Value: String(count), Type: 'String', Overwrite: true });
	}
	t.throws(() => read('a:1'), { code: 'ParameterVersionNotFound' });
	t.match(read('a:2'), { Parameter: { Value: '2' } });
	t.match(read('a'), { Parameter: { Value: '101' } });
});

t.test('parameters survive a restart', async (t) => {
	const file = join(t.testdir(), 'local.sqlite');
	const before = open(file);
	before.put({ Name: '/app/issuer', Value: 'one', Type: 'String' });
	before.close();
	const after = open(file);
	t.teardown(() => after.close());
	t.equal(after.value('/app/issuer'), 'one');
	t.equal(after.value('/app/none'), undefined);
	t.match(after.put({ Name: '/app/issuer', Value: 'two', Overwrite: true }), { Version: 2 });
});

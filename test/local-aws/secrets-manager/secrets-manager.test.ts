import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { generateSecretString } from '../../../src/local-aws/secrets-manager/generate-secret-string.ts';
import { createSecretsManager } from '../../../src/local-aws/secrets-manager/secrets-manager.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { serveEndpoint } from '../endpoint/serve-endpoint.ts';

const DAY_MS = 86_400_000;
/** The random suffix is predictable because `randomInteger` returns 0. */
const ARN = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:partner-aaaaaa';

function open(clock = createManualClock(Date.UTC(2026, 0, 1)), file = '') {
	let ids = 0;
	const newId = () => {
		ids += 1;
		return `version-${ids}`;
	};
	const account = { region: 'eu-west-1', accountId: '000000000000' };
	return createSecretsManager({ clock, newId, randomInteger: () => 0, ...account, file });
}

/** Calls operations over HTTP and returns the answer, or the code of the error. */
async function build(t: Test) {
	const clock = createManualClock(Date.UTC(2026, 0, 1));
	const manager = open(clock);
	t.teardown(() => manager.close());
	const { call } = await serveEndpoint(t, [manager]);
	const ask = async (operation: string, input: object = {}) => {
		const { body } = await call('secretsmanager', `secretsmanager.${operation}`, input);
		return body['__type'] ?? body;
	};
	return { call: ask, clock };
}

t.test('a secret is created once and read by its name, its ARN, or its ARN without the suffix', async (t) => {
	const { call } = await build(t);
	const made = { ARN, Name: 'partner', VersionId: 'version-1' };
	t.same(await call('CreateSecret', { Name: 'partner', SecretString: 'one' }), made);
	for (const SecretId of ['partner', ARN, ARN.slice(0, -7)]) {
		t.same(await call('GetSecretValue', { SecretId }), {
			...made,
			SecretString: 'one',
			VersionStages: ['AWSCURRENT'],
			CreatedDate: Date.UTC(2026, 0, 1) / 1000,
		});
	}
	t.equal(await call('GetSecretValue', { SecretId: `${ARN.slice(0, -1)}b` }), 'ResourceNotFoundException');
	t.equal(await call('CreateSecret', { Name: 'partner', SecretString: 'two' }), 'ResourceExistsException');
	t.equal(await call('GetSecretValue', { SecretId: 'none' }), 'ResourceNotFoundException');
	t.equal(await call('CreateSecret', { Name: 'a b' }), 'ValidationException');
});

t.test('a new value becomes current and the old one previous', async (t) => {
	const { call } = await build(t);
	const SecretId = 'partner';
	await call('CreateSecret', { Name: SecretId, SecretString: 'one' });
	t.match(await call('PutSecretValue', { SecretId, SecretString: 'two' }), { VersionId: 'version-2' });
	t.match(await call('UpdateSecret', { SecretId, SecretString: 'three', Description: 'why' }), {
		VersionId: 'version-3',
	});
	t.match(await call('GetSecretValue', { SecretId }), { SecretString: 'three' });
	const read = (version: object) => call('GetSecretValue', { SecretId, ...version });
	t.match(await read({ VersionStage: 'AWSPREVIOUS' }), {
		SecretString: 'two',
		VersionStages: ['AWSPREVIOUS'],
	});
	t.match(await read({ VersionId: 'version-1' }), { SecretString: 'one', VersionStages: [] });
	t.equal(await read({ VersionId: 'version-1', VersionStage: 'AWSCURRENT' }), 'ResourceNotFoundException');
	t.equal(await read({ VersionStage: 'AWSPENDING' }), 'ResourceNotFoundException');
	t.match(await call('DescribeSecret', { SecretId }), {
		Description: 'why',
		VersionIdsToStages: { 'version-2': ['AWSPREVIOUS'], 'version-3': ['AWSCURRENT'] },
	});
});

t.test('a version with its own label does not change the current version', async (t) => {
	const { call } = await build(t);
	const SecretId = 'partner';
	await call('CreateSecret', { Name: SecretId, SecretString: 'one' });
	await call('PutSecretValue', { SecretId, SecretString: 'two', VersionStages: ['AWSPENDING'] });
	t.match(await call('GetSecretValue', { SecretId }), { SecretString: 'one' });
	t.match(await call('GetSecretValue', { SecretId, VersionStage: 'AWSPENDING' }), { SecretString: 'two' });
	t.equal(await call('PutSecretValue', { SecretId }), 'InvalidRequestException', 'nothing to keep');
});

t.test('a repeated ClientRequestToken is a no-op', async (t) => {
	const { call } = await build(t);
	const SecretId = 'partner';
	const ClientRequestToken = 'token'.repeat(8);
	const create = { Name: SecretId, SecretString: 'one', ClientRequestToken };
	const made = await call('CreateSecret', create);
	t.same(await call('CreateSecret', create), made);
	t.equal(await call('CreateSecret', { ...create, SecretString: 'two' }), 'ResourceExistsException');
	const other = await call('PutSecretValue', { SecretId, SecretString: 'two', ClientRequestToken });
	t.equal(other, 'ResourceExistsException');
	t.match(await call('GetSecretValue', { SecretId }), { SecretString: 'one', VersionId: ClientRequestToken });
});

t.test('a deleted secret can be restored within its recovery window', async (t) => {
	const { call, clock } = await build(t);
	const SecretId = 'partner';
	await call('CreateSecret', { Name: SecretId, SecretString: 'one' });
	t.match(await call('DeleteSecret', { SecretId, RecoveryWindowInDays: 7 }), {
		DeletionDate: Date.UTC(2026, 0, 8) / 1000,
	});
	t.equal(await call('GetSecretValue', { SecretId }), 'InvalidRequestException');
	t.equal(await call('CreateSecret', { Name: SecretId, SecretString: 'two' }), 'InvalidRequestException');
	t.same(await call('ListSecrets'), { SecretList: [] });
	t.match(await call('ListSecrets', { IncludePlannedDeletion: true }), { SecretList: [{ Name: SecretId }] });
	await call('RestoreSecret', { SecretId });
	t.match(await call('GetSecretValue', { SecretId }), { SecretString: 'one' });

	await call('DeleteSecret', { SecretId, RecoveryWindowInDays: 7 });
	await clock.advance(7 * DAY_MS);
	t.equal(await call('RestoreSecret', { SecretId }), 'ResourceNotFoundException');
	t.match(await call('CreateSecret', { Name: SecretId, SecretString: 'two' }), { Name: SecretId });

	await call('DeleteSecret', { SecretId, ForceDeleteWithoutRecovery: true });
	t.equal(await call('DescribeSecret', { SecretId }), 'ResourceNotFoundException');
});

t.test('ListSecrets returns pages without values', async (t) => {
	const { call } = await build(t);
	for (const Name of ['c', 'a', 'b']) await call('CreateSecret', { Name, SecretString: 'open sesame' });
	const first = await call('ListSecrets', { MaxResults: 2 });
	t.match(first, { SecretList: [{ Name: 'a' }, { Name: 'b' }], NextToken: 'b' });
	t.notMatch(JSON.stringify(first), /open sesame/);
	const second = await call('ListSecrets', { MaxResults: 2, NextToken: 'b' });
	t.match(second, { SecretList: [{ Name: 'c', SecretVersionsToStages: { 'version-1': ['AWSCURRENT'] } }] });
	t.notMatch(second, { NextToken: String });
});

t.test('the oldest versions without a label are deleted beyond 100', async (t) => {
	const manager = open();
	t.teardown(() => manager.close());
	const call = (operation: string, version: object) =>
		manager.operations[operation]?.({ SecretId: 'partner', ...version });
	manager.create({ Name: 'partner', SecretString: '1' });
	call('PutSecretValue', { SecretString: '2', VersionStages: ['KEPT'] });
	for (let count = 3; count <= 102; count += 1) call('PutSecretValue', { SecretString: String(count) });
	t.match(call('GetSecretValue', { VersionStage: 'KEPT' }), { SecretString: '2' });
	t.throws(() => call('GetSecretValue', { VersionId: 'version-1' }), { code: 'ResourceNotFoundException' });
	t.throws(() => call('GetSecretValue', { VersionId: 'version-3' }), { code: 'ResourceNotFoundException' });
	t.match(call('GetSecretValue', { VersionId: 'version-4' }), { SecretString: '4' });
	t.match(call('GetSecretValue', { VersionStage: 'AWSPREVIOUS' }), { SecretString: '101' });
});

t.test('secrets and their ARNs survive a restart', async (t) => {
	const file = join(t.testdir(), 'local.sqlite');
	const before = open(undefined, file);
	t.equal(before.create({ Name: 'partner', SecretString: 'one' }).ARN, ARN);
	before.close();
	const after = open(undefined, file);
	t.teardown(() => after.close());
	t.equal(after.arn('partner'), ARN);
	t.equal(after.value(ARN), 'one');
	t.equal(after.arn('none'), undefined);
	t.equal(after.value('none'), undefined);
});

t.test('a generated secret contains all required and no excluded characters', async (t) => {
	const kinds = { ExcludeLowercase: /[a-z]/, ExcludeUppercase: /[A-Z]/, ExcludeNumbers: /\d/ };
	const wanted = fc.record({
		PasswordLength: fc.integer({ min: 5, max: 64 }),
		ExcludeLowercase: fc.boolean(),
		ExcludeUppercase: fc.boolean(),
		ExcludeNumbers: fc.boolean(),
		ExcludeCharacters: fc.constant('aA0"@/\\'),
	});
	fc.assert(
		fc.property(wanted, fc.infiniteStream(fc.nat()), (settings, numbers) => {
			const password = generateSecretString(settings, (below) => (numbers.next().value ?? 0) % below);
			t.equal(password.length, settings.PasswordLength);
			t.notMatch(password, /[aA0"@/\\ ]/);
			t.equal(kinds.ExcludeLowercase.test(password), !settings.ExcludeLowercase);
			t.equal(kinds.ExcludeUppercase.test(password), !settings.ExcludeUppercase);
			t.equal(kinds.ExcludeNumbers.test(password), !settings.ExcludeNumbers);
		}),
	);
});

t.test('a generated secret is inserted into its template', async (t) => {
	const settings = { ExcludePunctuation: true, PasswordLength: 8 };
	const template = { SecretStringTemplate: '{"user":"me"}', GenerateStringKey: 'password' };
	const secret = generateSecretString({ ...settings, ...template }, (below) => below - 1);
	t.match(JSON.parse(secret), { user: 'me', password: /^[A-Za-z0-9]{8}$/ });
	t.equal(generateSecretString(settings, () => 0).length, 8);
	const impossible = { PasswordLength: 2 };
	t.throws(() => generateSecretString(impossible, () => 0), { code: 'InvalidParameterException' });
});

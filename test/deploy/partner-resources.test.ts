import { test } from 'tap';
import { functionRoles } from '../../src/deploy/function-roles.ts';
import { packageTemplate } from '../../src/deploy/package.ts';
import { partnerFunctions, partnerResources } from '../../src/deploy/partner-resources.ts';
import { LOCAL_PARAMETERS } from '../../src/local/start-stack.ts';

const NOTHING_GIVEN = { stage: 'staging', partnerTokens: '', urls: {} };
const TOKENS = '{"current":"a-token-of-our-own"}';

test('every stage but prod has partner APIs of its own', async (t) => {
	for (const stage of ['local', 'dev', 'staging']) {
		t.match(partnerFunctions(stage), { partnerApis: { role: 'PartnerApisRole' } }, stage);
		t.ok('PartnerApisRole' in functionRoles('task-api', stage, []), stage);
	}
	t.strictSame(partnerFunctions('prod'), {});
	t.notOk('PartnerApisRole' in functionRoles('task-api', 'prod', []));
});

test('the gateway leaves their tokens to them', async (t) => {
	const [{ events }] = Object.values(partnerFunctions('dev')).map(Object);
	t.strictSame(events, [{ httpApi: { method: '*', path: '/partners/{path+}' } }]);

	const { Resources } = Object(await packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS.jwt }));
	const routes = Object.values(Resources)
		.map((resource) => Object(Object(resource).Properties))
		.filter(({ RouteKey }) => RouteKey === 'ANY /partners/{path+}');
	t.match(routes, { length: 1 });
	t.notOk('AuthorizerId' in routes[0]);
});

test('tokens are given, or made up', async (t) => {
	const { PartnerTokensSecret: made } = partnerResources(NOTHING_GIVEN);
	t.match(made, { Properties: { GenerateSecretString: { GenerateStringKey: 'current' } } });
	t.notOk('SecretString' in Object(made).Properties);

	const { PartnerTokensSecret: given } = partnerResources({ ...NOTHING_GIVEN, partnerTokens: TOKENS });
	t.match(given, { Properties: { SecretString: TOKENS } });
	t.notOk('GenerateSecretString' in Object(given).Properties);
});

test('the sample is for a laptop alone', async (t) => {
	const local = Object(await packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS.none }));
	const { SecretString } = local.Resources.PartnerTokensSecret.Properties;
	const sample = { ...NOTHING_GIVEN, partnerTokens: String(SecretString) };
	t.doesNotThrow(() => partnerResources({ ...sample, stage: 'local' }));
	for (const stage of ['dev', 'staging', 'prod'])
		t.throws(() => partnerResources({ ...sample, stage }), { message: /partnerTokens is the sample/ }, stage);
});

test('tokens of another form are refused without being told', async (t) => {
	const secret = 'hunter2-hunter2-hunter2';
	for (const partnerTokens of [
		secret,
		`"${secret}"`,
		`["${secret}"]`,
		`{"next":"${secret}"}`,
		'{"current":"short"}',
	]) {
		const refused = t.throws(() => partnerResources({ ...NOTHING_GIVEN, partnerTokens }), {
			message: /^The parameter partnerTokens is \{"current"/,
		});
		t.notMatch(`${Object(refused).stack} ${String(Object(refused).cause)}`, /hunter2/);
	}
});

test('tokens are sent to https alone', async (t) => {
	const withUrl = (inventoryUrl: unknown) => () =>
		partnerResources({ ...NOTHING_GIVEN, urls: { inventoryUrl } });
	for (const url of ['', 'https://inventory.example', 'https://inventory.example/v1', { 'Fn::Join': [] }])
		t.doesNotThrow(withUrl(url), JSON.stringify(url));
	for (const url of [
		'http://inventory.example',
		'inventory.example',
		'https://inventory.example/',
		'https://',
	])
		t.throws(withUrl(url), { message: /^The parameter inventoryUrl begins with https/ }, url);
});

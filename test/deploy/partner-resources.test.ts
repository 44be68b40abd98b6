import { test } from 'tap';
import { functionRoles } from '../../src/deploy/function-roles.ts';
import { packageTemplate } from '../../src/deploy/package.ts';
import { partnerFunctions, partnerResources } from '../../src/deploy/partner-resources.ts';
import { LOCAL_PARAMETERS } from '../../src/local/local-parameters.ts';

const NO_PARAMETERS = { stage: 'staging', partnerTokens: '', urls: {} };
const TOKENS = '{"current":"a-token-of-our-own"}';

test('every stage except prod has fake partners', async (t) => {
	for (const stage of ['local', 'dev', 'staging']) {
		t.match(partnerFunctions(stage), { partnerApis: { role: 'PartnerApisRole' } }, stage);
		t.ok('PartnerApisRole' in functionRoles('task-api', stage, []), stage);
	}
	t.strictSame(partnerFunctions('prod'), {});
	t.notOk('PartnerApisRole' in functionRoles('task-api', 'prod', []));
});

test('the route of the fake partners has no authorizer', async (t) => {
	const [{ events }] = Object.values(partnerFunctions('dev')).map(Object);
	t.strictSame(events, [{ httpApi: { method: '*', path: '/partners/{path+}' } }]);

	const { Resources } = Object(await packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS.jwt }));
	const routes = Object.values(Resources)
		.map((resource) => Object(Object(resource).Properties))
		.filter(({ RouteKey }) => RouteKey === 'ANY /partners/{path+}');
	t.match(routes, { length: 1 });
	t.notOk('AuthorizerId' in routes[0]);
});

test('tokens come from the parameter or are generated', async (t) => {
	const { PartnerTokensSecret: generated } = partnerResources(NO_PARAMETERS);
	t.match(generated, { Properties: { GenerateSecretString: { GenerateStringKey: 'current' } } });
	t.notOk('SecretString' in Object(generated).Properties);

	const { PartnerTokensSecret: given } = partnerResources({ ...NO_PARAMETERS, partnerTokens: TOKENS });
	t.match(given, { Properties: { SecretString: TOKENS } });
	t.notOk('GenerateSecretString' in Object(given).Properties);
});

test('only the laptop accepts the sample token', async (t) => {
	const local = Object(await packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS.none }));
	const { SecretString } = local.Resources.PartnerTokensSecret.Properties;
	const sample = { ...NO_PARAMETERS, partnerTokens: String(SecretString) };
	t.doesNotThrow(() => partnerResources({ ...sample, stage: 'local' }));
	for (const stage of ['dev', 'staging', 'prod'])
		t.throws(
			() => partnerResources({ ...sample, stage }),
			{ message: /partnerTokens contains the public sample/ },
			stage,
		);
});

test('malformed tokens are refused, and the error does not contain them', async (t) => {
	const secret = 'hunter2-hunter2-hunter2';
	for (const partnerTokens of [
		secret,
		`"${secret}"`,
		`["${secret}"]`,
		`{"next":"${secret}"}`,
		'{"current":"short"}',
	]) {
		const refused = t.throws(() => partnerResources({ ...NO_PARAMETERS, partnerTokens }), {
			message: /^The parameter partnerTokens must be \{"current"/,
		});
		t.notMatch(`${Object(refused).stack} ${String(Object(refused).cause)}`, /hunter2/);
	}
});

test('partner URLs must be HTTPS', async (t) => {
	const withUrl = (inventoryUrl: unknown) => () =>
		partnerResources({ ...NO_PARAMETERS, urls: { inventoryUrl } });
	for (const url of ['', 'https://inventory.example', 'https://inventory.example/v1', { 'Fn::Join': [] }])
		t.doesNotThrow(withUrl(url), JSON.stringify(url));
	for (const url of [
		'http://inventory.example',
		'inventory.example',
		'https://inventory.example/',
		'https://',
	])
		t.throws(withUrl(url), { message: /^The parameter inventoryUrl must begin with https/ }, url);
});

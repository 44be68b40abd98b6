import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import { apiAuthorizers, apiRoutes } from '../../src/deploy/api-routes.ts';
import { catalogText, workflowNames } from '../../src/deploy/catalog.ts';
import { functionRoles } from '../../src/deploy/function-roles.ts';
import { readDefinitions } from '../../src/deploy/load-workflows.ts';
import { packageTemplate } from '../../src/deploy/package.ts';
import { LOCAL_PARAMETERS } from '../../src/local/start-stack.ts';
import { resolveTemplate } from '../../src/local/template/resolve-template.ts';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';

const JWT = { stage: 'staging', auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'task-api' };

test('who may call is decided when the stage is packaged', async (t) => {
	t.match(apiAuthorizers(JWT), {
		jwt: { type: 'jwt', issuerUrl: 'https://issuer.example', audience: ['task-api'] },
	});
	t.strictSame(apiAuthorizers({ ...JWT, auth: 'none' }), {});
	t.throws(() => apiAuthorizers({ ...JWT, jwtIssuer: '', jwtAudience: '' }), {
		message: /Missing parameters: jwtIssuer, jwtAudience\./,
	});
	t.throws(() => apiAuthorizers({ ...JWT, stage: 'prod', auth: 'none' }), { message: /prod is never open/ });
	t.throws(() => apiAuthorizers({ ...JWT, auth: 'maybe' }), { message: /jwt or none, not maybe/ });
});

test('every route but the public ones and the preflights passes the authorizer', async (t) => {
	const open = apiRoutes(JWT).filter((route) => !JSON.stringify(route).includes('authorizer'));
	t.strictSame(open, [
		{ httpApi: 'GET /v1/health' },
		{ httpApi: 'HEAD /v1/health' },
		{ httpApi: 'GET /v1/openapi.json' },
		{ httpApi: 'HEAD /v1/openapi.json' },
		{ httpApi: 'GET /v1/docs' },
		{ httpApi: 'HEAD /v1/docs' },
		{ httpApi: 'OPTIONS /v1/{path+}' },
		{ httpApi: '*' },
	]);
});

test('the catalogue is what the folders say', async (t) => {
	const committed = await readFile(new URL('../../src/workflows/catalog.ts', import.meta.url), 'utf8');
	t.equal(committed, catalogText(workflowNames()), 'run `npm run bundle`');
	t.strictSame(Object.keys(WORKFLOWS), workflowNames());
});

test('the packaged template', async (t) => {
	const template = await packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS.jwt });
	const place = {
		region: 'eu-west-1',
		accountId: '123456789012',
		stackName: 'task-api-dev',
		awsEndpoint: 'http://aws',
		apiEndpoint: 'http://api',
	};
	const { resources, unknown } = resolveTemplate(template, { ...place, parameters: {} });
	const ofType = (type: string) => resources.filter((resource) => resource.type === type);

	t.strictSame(unknown, [], 'no type that the local AWS does not know');
	t.ok(ofType('AWS::Lambda::Function').every(({ properties }) => properties['Runtime'] === 'nodejs24.x'));
	t.strictSame(
		ofType('AWS::StepFunctions::StateMachine').map(({ properties }) => properties['StateMachineName']),
		readDefinitions().map(({ name }) => `task-api-local-${name}`),
	);
	for (const { logicalId, properties } of ofType('AWS::Lambda::EventSourceMapping')) {
		t.match(
			properties,
			{ FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: Number } },
			logicalId,
		);
		const queue = ofType('AWS::SQS::Queue').find(
			({ attributes }) => attributes['Arn'] === properties['EventSourceArn'],
		);
		const fed = ofType('AWS::Lambda::Function').find(
			({ attributes }) => attributes['Arn'] === properties['FunctionName'],
		);
		t.ok(
			Number(queue?.properties['VisibilityTimeout']) >= 6 * Number(fed?.properties['Timeout']),
			`${logicalId}: visibility`,
		);
		// A DLQ has none of its own: what dead-letters cannot handle stays there until somebody looks.
		if (queue?.logicalId.endsWith('DeadLetterQueue') === true) continue;
		t.match(
			queue?.properties,
			{ RedrivePolicy: { deadLetterTargetArn: /DeadLetterQueue/ } },
			`${logicalId}: a DLQ`,
		);
	}
	const roles = new Set(ofType('AWS::Lambda::Function').map(({ properties }) => properties['Role']));
	t.equal(roles.size, ofType('AWS::Lambda::Function').length, 'a role for each function');
	t.ok(Object.keys(functionRoles('task-api', 'dev')).length >= 3);
});

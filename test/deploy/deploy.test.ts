import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import { apiAuthorizers, apiRoutes } from '../../src/deploy/api-routes.ts';
import { catalogText, workflowNames } from '../../src/deploy/catalog.ts';

import { readDefinitions } from '../../src/deploy/load-workflows.ts';
import { parseStage } from '../../src/deploy/stage.ts';

import { WORKFLOWS } from '../../src/workflows/catalog.ts';
import { packageDeployed } from '../support/deployed-stages.ts';
import { readStage } from './rules/rule.ts';

const JWT = { stage: 'staging', auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'task-api' };

test('packaging decides how callers are authenticated', async (t) => {
	t.match(apiAuthorizers(JWT), {
		jwt: { type: 'jwt', issuerUrl: 'https://issuer.example', audience: ['task-api'] },
	});
	t.match(apiAuthorizers({ ...JWT, jwtAudience: 'client1, client2' }), {
		jwt: { audience: ['client1', 'client2'] },
	});
	t.strictSame(apiAuthorizers({ ...JWT, auth: 'none' }), {});
	t.throws(() => apiAuthorizers({ ...JWT, jwtIssuer: '', jwtAudience: '' }), {
		message: /Missing parameters: jwtIssuer, jwtAudience\./,
	});
	t.throws(() => apiAuthorizers({ ...JWT, stage: 'prod', auth: 'none' }), {
		message: /prod requires authentication/,
	});
	t.throws(() => apiAuthorizers({ ...JWT, auth: 'maybe' }), { message: /jwt or none, got "maybe"/ });
});

test('the authorizer checks every route except public ones and preflights', async (t) => {
	const open = apiRoutes(JWT).filter((route) => !JSON.stringify(route).includes('authorizer'));
	t.strictSame(open, [
		{ httpApi: 'GET /v1/health' },
		{ httpApi: 'HEAD /v1/health' },
		{ httpApi: 'GET /v1/openapi.json' },
		{ httpApi: 'HEAD /v1/openapi.json' },
		{ httpApi: 'OPTIONS /v1/{path+}' },
		{ httpApi: '*' },
	]);
});

test('the catalogue lists the workflow folders', async (t) => {
	const committed = await readFile(new URL('../../src/workflows/catalog.ts', import.meta.url), 'utf8');
	t.equal(committed, catalogText(workflowNames()), 'run `npm run bundle`');
	t.strictSame(Object.keys(WORKFLOWS), workflowNames());
});

test('every workflow folder has a state machine', async (t) => {
	const packaged = readStage('staging', await packageDeployed('staging'));
	t.strictSame(
		packaged
			.ofType('AWS::StepFunctions::StateMachine')
			.map(({ properties }) => properties['StateMachineName']),
		readDefinitions().map(({ name }) => `task-api-staging-${name}`),
	);
});

test('SSM parameters name the topic and the table for other services', async (t) => {
	const packaged = readStage('prod', await packageDeployed('prod'));
	const topic = packaged.ofType('AWS::SNS::Topic').find(({ logicalId }) => logicalId === 'TaskTopic');
	const [table] = packaged.ofType('AWS::DynamoDB::Table');
	t.strictSame(
		Object.fromEntries(
			packaged
				.ofType('AWS::SSM::Parameter')
				.filter(({ properties }) => !String(properties['Name']).includes('/task-api/'))
				.map(({ properties }) => [properties['Name'], properties['Value']]),
		),
		{
			'/prod/v1/sns/system_event_topic_name': topic?.attributes['TopicName'],
			'/prod/v1/sns/system_event_topic_arn': topic?.ref,
			'/prod/v1/tables/long_running_tasks_table': table?.ref,
		},
	);
});

test('only known stages can be packaged', async (t) => {
	const stages = ['dev', 'staging', 'prod', 'local', 'review-42'];
	t.strictSame(stages.map(parseStage), stages);
	for (const name of ['review-', 'review-0', 'review-x', 'Prod', '']) t.throws(() => parseStage(name));
	t.throws(() => parseStage('production'), {
		message: /Unknown stage "production": --stage must be dev, staging, prod or review-/,
	});
});

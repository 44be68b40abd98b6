import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { type Test, test } from 'tap';
import * as Type from 'typebox';
import { parse as parseYaml } from 'yaml';
import { SERVERLESS } from '../../src/deploy/package.ts';
import { parseJson, parseValue } from '../../src/parse.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

const Jobs = Type.Array(
	Type.Object({
		name: Type.String(),
		when: Type.String(),
		needs: Type.Optional(Type.Array(Type.Object({ job: Type.String() }))),
	}),
);

const Texts = Type.Record(Type.String(), Type.String());
const Job = Type.Object({
	script: Type.Array(Type.String()),
	before_script: Type.Optional(Type.Array(Type.String())),
	variables: Type.Optional(Texts),
	id_tokens: Type.Optional(Type.Record(Type.String(), Type.Object({ aud: Type.String() }))),
	environment: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
	artifacts: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
type Job = Type.Static<typeof Job>;

/** The resolved pipeline, which every test reads. It takes seconds to make. */
let previewText: string | undefined;

/** The pipeline as `gitlab-ci-local` reads it with the schema of GitLab: `extends` and `!reference` are resolved. */
function setup(t: Test) {
	const folder = t.testdir({});
	const git = (...command: string[]) => execFileSync('git', command, { cwd: folder, stdio: 'ignore' });
	copyFileSync(join(PROJECT, '.gitlab-ci.yml'), join(folder, '.gitlab-ci.yml'));
	git('init', '--initial-branch', 'main');
	git('remote', 'add', 'origin', 'git@gitlab.com:group/task-api.git');
	const program = createRequire(import.meta.url)
		.resolve('gitlab-ci-local/package.json')
		.replace('package.json', 'dist/index.js');
	const run = (...command: string[]) =>
		execFileSync(process.execPath, [program, ...command], {
			cwd: folder,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		});
	previewText ??= run('--preview');
	const text = previewText;
	const pipeline: Record<string, unknown> = Object(parseYaml(text));
	return {
		text,
		variables: parseValue(Texts, pipeline['variables'], 'variables'),
		job: (name: string) => parseValue(Job, pipeline[name], name),
		/** The names of the jobs of a pipeline with these variables. */
		jobs: (variables: Readonly<Record<string, string>>) => {
			const flags = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
			const output = run('--list-json', ...flags);
			// Warnings about predefined variables come before the JSON.
			return parseJson(Jobs, output.slice(output.search(/^\[$/m)), 'jobs').filter(
				({ when }) => when !== 'never',
			);
		},
	};
}

const MAIN = { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: 'main' };
const MERGE_REQUEST = {
	CI_PIPELINE_SOURCE: 'merge_request_event',
	CI_MERGE_REQUEST_IID: '42',
	CI_COMMIT_BRANCH: '',
};
const TAG = { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_TAG: 'v1.2.3', CI_COMMIT_BRANCH: '' };

test('main, merge requests and tags have their jobs', async (t) => {
	const { jobs } = setup(t);
	const names = (variables: Readonly<Record<string, string>>) =>
		jobs(variables)
			.map(({ name }) => name)
			.toSorted();
	const always = ['bench', 'lint-templates', 'package-prod', 'package-staging', 'sbom', 'verify'];
	t.strictSame(names(MAIN), [...always, 'deploy-staging', 'smoke-staging'].toSorted());
	t.strictSame(
		names(MERGE_REQUEST),
		[...always, 'deploy-review', 'package-review', 'remove-review'].toSorted(),
	);
	t.strictSame(names(TAG), [...always, 'deploy-prod', 'smoke-prod'].toSorted());
	const deploy = jobs(TAG).find(({ name }) => name === 'deploy-prod');
	t.equal(deploy?.when, 'manual');
	t.strictSame(deploy?.needs?.map(({ job }) => job).toSorted(), ['lint-templates', 'package-prod', 'verify']);
});

/** The value of a variable after GitLab's expansion: an undefined variable expands to nothing. */
const expand = (value: string, variables: Readonly<Record<string, string>>) =>
	value.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => variables[name] ?? '');

/** Runs a job's script in bash, with programs that record their arguments. Returns the calls of `npx`. */
function runScript(t: Test, job: Job, given: Readonly<Record<string, string>>): string[][] {
	const bin = t.testdir({
		calls: '',
		npm: '#!/bin/sh\n',
		npx: '#!/bin/sh\nprintf "%s\\037" "$@" >> "$CALLS"; echo >> "$CALLS"\n',
	});
	for (const program of ['npm', 'npx']) chmodSync(join(bin, program), 0o755);
	const variables = Object.entries(job.variables ?? {}).map(([name, value]) => [name, expand(value, given)]);
	const { status, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', job.script.join('\n')], {
		cwd: bin,
		encoding: 'utf8',
		env: {
			...given,
			...Object.fromEntries(variables),
			PATH: `${bin}:${process.env['PATH']}`,
			CALLS: join(bin, 'calls'),
		},
	});
	t.equal(status, 0, stderr);
	return readFileSync(join(bin, 'calls'), 'utf8')
		.split('\n')
		.slice(0, -1)
		.map((call) => call.split('\x1f').slice(0, -1));
}

/** A command line that runs osls. tap adds NODE_OPTIONS to every process, whose loader cannot load our configuration. */
const oslsCommand = (...commandLine: readonly string[]) => [
	'-u',
	'NODE_OPTIONS',
	process.execPath,
	SERVERLESS,
	...commandLine,
];

const REQUIRED = {
	AWS_REGION: 'us-east-1',
	CI_MERGE_REQUEST_IID: '42',
	STAGING_JWT_ISSUER: 'https://issuer.example',
	STAGING_JWT_AUDIENCE: 'task-api',
	PROD_JWT_ISSUER: 'https://issuer.example',
	PROD_JWT_AUDIENCE: 'task-api',
};
const OPTIONAL = [
	'STAGING_ALARM_EMAIL',
	'PROD_ALARM_EMAIL',
	'PROD_INVENTORY_URL',
	'PROD_VALIDATION_URL',
	'PROD_DEPLOYMENT_URL',
	'PROD_NOTIFICATION_URL',
	'DEPLOY_ALARMS',
];
const EMPTY = Object.fromEntries(OPTIONAL.map((name) => [name, '']));

test('a job packages and deploys with every optional variable empty or undefined', async (t) => {
	const { job } = setup(t);
	for (const stage of ['staging', 'prod', 'review'])
		for (const action of ['package', 'deploy'])
			for (const optional of [EMPTY, {}]) {
				const [call = [], ...others] = runScript(t, job(`${action}-${stage}`), { ...REQUIRED, ...optional });
				t.strictSame(others, []);
				t.strictSame(call.slice(0, 4), [
					'serverless',
					action,
					'--stage',
					stage === 'review' ? 'review-42' : stage,
				]);
				t.strictSame(
					call.filter((argument) => argument.startsWith('--param')),
					['--param=jwtIssuer=https://issuer.example', '--param=jwtAudience=task-api'],
					`${action}-${stage}`,
				);
			}
});

test('osls packages with the parameters of a job whose optional variables are empty', async (t) => {
	const { job } = setup(t);
	const [[, ...call] = []] = runScript(t, job('package-prod'), { ...REQUIRED, ...EMPTY });
	const folder = t.testdir({});
	const { status, stdout, stderr } = spawnSync(
		'env',
		oslsCommand(...call.map((argument) => argument.replace('.package/prod', folder))),
		{ cwd: PROJECT, encoding: 'utf8', env: { PATH: process.env['PATH'] } },
	);
	t.equal(status, 0, stdout);
	t.match(stderr, /Warning: alarmEmail is empty/);
});

test('every variable that is set becomes a parameter', async (t) => {
	const { job } = setup(t);
	const set = {
		PROD_ALARM_EMAIL: 'ops@example.com',
		PROD_SCOPE_PREFIX: 'api/',
		PROD_API_RATE_LIMIT: '9',
		PROD_JIRA_SUCCESS_STATUSES: 'Done, Ready to ship',
		PROD_INVENTORY_URL: 'https://inventory.example',
		PROD_VALIDATION_URL: 'https://validation.example',
		PROD_DEPLOYMENT_URL: 'https://deployment.example',
		PROD_NOTIFICATION_URL: 'https://notification.example',
		DEPLOY_ALARMS: 'off',
	};
	const [call = []] = runScript(t, job('deploy-prod'), { ...REQUIRED, ...set });
	t.strictSame(
		new Set(call.filter((argument) => argument.startsWith('--param=')).slice(2)),
		new Set([
			'--param=alarmEmail=ops@example.com',
			'--param=inventoryUrl=https://inventory.example',
			'--param=validationUrl=https://validation.example',
			'--param=deploymentUrl=https://deployment.example',
			'--param=notificationUrl=https://notification.example',
			'--param=deployAlarms=off',
			'--param=scopePrefix=api/',
			'--param=apiRateLimit=9',
			'--param=jiraSuccessStatuses=Done, Ready to ship',
		]),
	);
});

test('every deploy parameter can be set by a variable', async (t) => {
	const { job } = setup(t);
	const { params } = Object(parseYaml(readFileSync(join(PROJECT, 'serverless.yml'), 'utf8')));
	const { templateOnly: _, ...parameters } = params.default;
	const names = ['jwtIssuer', 'jwtAudience', ...Object.keys(parameters)];
	const variables = names.map((name) => [
		name === 'deployAlarms' ? 'DEPLOY_ALARMS' : `STAGING_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
		`value of ${name}`,
	]);
	const paramsOf = (stage: string) => {
		const [call = []] = runScript(t, job(`package-${stage}`), {
			...REQUIRED,
			...Object.fromEntries(variables),
		});
		return call.filter((argument) => argument.startsWith('--param='));
	};
	const flags = names.map((name) => `--param=${name}=value of ${name}`);
	t.strictSame(paramsOf('staging').toSorted(), flags.toSorted());
	t.strictSame(
		paramsOf('review').toSorted(),
		flags.filter((flag) => !flag.includes('alarmEmail')).toSorted(),
		'a review stage sends no e-mails',
	);
});

const JOBS_WITH_CREDENTIALS = [
	'deploy-staging',
	'deploy-prod',
	'deploy-review',
	'remove-review',
	'smoke-staging',
	'smoke-prod',
];

test('jobs with AWS credentials use the token of the job and run no install scripts', async (t) => {
	const { text, job } = setup(t);
	t.notMatch(text, /AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)/);
	for (const name of JOBS_WITH_CREDENTIALS) {
		const { id_tokens, script, before_script = [] } = job(name);
		t.strictSame(id_tokens, { AWS_ID_TOKEN: { aud: 'sts.amazonaws.com' } }, name);
		const installs = [...before_script, ...script].filter((line) => /npm (ci|install)/.test(line));
		t.strictSame(installs, ['npm ci --ignore-scripts'], name);
	}
});

test('the smoke test requests a token, because a stored one expires', async (t) => {
	const { job } = setup(t);
	for (const name of ['smoke-staging', 'smoke-prod']) {
		const { script } = job(name);
		const token = script.findIndex((line) => line.includes('TASK_API_TOKEN="$(npm run --silent token)"'));
		t.ok(token >= 0 && token < script.findIndex((line) => line.includes('npm run smoke')), name);
	}
});

test('the script of the SBOM job writes a CycloneDX document of every deployed package', async (t) => {
	const { job } = setup(t);
	const folder = t.testdir({});
	// The installation of this project is the one that `npm ci` makes.
	const script = job('sbom')
		.script.filter((line) => !line.startsWith('npm ci'))
		.map((line) => line.replace('> ', `> ${folder}/`));
	const { status, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', script.join('\n')], {
		cwd: PROJECT,
		encoding: 'utf8',
	});
	t.equal(status, 0, stderr);
	const document = Object(JSON.parse(readFileSync(join(folder, 'gl-sbom-npm.cdx.json'), 'utf8')));
	t.equal(document.bomFormat, 'CycloneDX');
	const { dependencies } = Object(JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')));
	const listed = new Set(
		document.components.map(({ name, version }: Record<string, string>) => `${name}@${version}`),
	);
	for (const [name, version] of Object.entries(dependencies))
		t.ok(listed.has(`${name}@${String(version)}`), name);
});

test('merge requests are scanned, and every pipeline has an SBOM', async (t) => {
	const { variables, job } = setup(t);
	t.equal(variables['AST_ENABLE_MR_PIPELINES'], 'true');
	const source = readFileSync(join(PROJECT, '.gitlab-ci.yml'), 'utf8');
	for (const template of ['Secret-Detection', 'Dependency-Scanning'])
		t.match(source, `template: Jobs/${template}.gitlab-ci.yml`);
	const { script, artifacts } = job('sbom');
	t.match(script, [
		/^npm ci --ignore-scripts$/,
		/^npm sbom --sbom-format cyclonedx > gl-sbom-npm\.cdx\.json$/,
	]);
	t.match(artifacts, { reports: { cyclonedx: 'gl-sbom-npm.cdx.json' } });
});

test('every image is pinned by its digest', (t) => {
	const images = readFileSync(join(PROJECT, '.gitlab-ci.yml'), 'utf8').match(/(?<=^ +image: ).+/gm) ?? [];
	t.ok(images.length > 1);
	t.strictSame(
		images.filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image)),
		[],
	);
	t.end();
});

test('a review stage is removed after a week, and reports are kept', async (t) => {
	const { job } = setup(t);
	t.match(job('deploy-review').environment, { on_stop: 'remove-review', auto_stop_in: '1 week' });
	t.match(job('verify').artifacts, {
		reports: { junit: 'junit.xml', coverage_report: { coverage_format: 'cobertura' } },
	});
});

/** An STS and a CloudFormation that knows no stack, in a process of its own: the test waits for osls. */
const MOCK_AWS = `
	import { createServer } from 'node:http';
	import { text } from 'node:stream/consumers';
	const credentials = '<AccessKeyId>ASIAMOCK</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>';
	const server = createServer(async (request, response) => {
		const parameters = new URLSearchParams(await text(request));
		console.log(parameters.get('Action'), parameters.get('RoleArn'), parameters.get('WebIdentityToken'), request.headers.authorization?.match(/ASIA\\w+/)?.[0]);
		const isToken = parameters.get('Action') === 'AssumeRoleWithWebIdentity';
		response.writeHead(isToken ? 200 : 400, { 'content-type': 'text/xml' }).end(isToken
			? '<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>' + credentials + '</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>'
			: '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack does not exist</Message></Error></ErrorResponse>');
	}).listen(0, '127.0.0.1', () => console.log(server.address().port));`;

test('osls exchanges the token of the job for credentials of the role', async (t) => {
	const { job } = setup(t);
	const { AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE = '' } = job('deploy-staging').variables ?? {};
	t.equal(AWS_ROLE_ARN, '$DEPLOY_ROLE_ARN');
	t.match(job('deploy-staging').before_script, [/"\$AWS_ID_TOKEN" > "\$AWS_WEB_IDENTITY_TOKEN_FILE"/]);
	t.match(AWS_WEB_IDENTITY_TOKEN_FILE, /^\/tmp\//);

	const folder = t.testdir({ token: 'token-of-the-job' });
	const mock = spawn(process.execPath, ['--input-type=module', '-e', MOCK_AWS], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	t.teardown(() => mock.kill());
	let requests = '';
	const { promise: listening, resolve: setPort } = Promise.withResolvers<string>();
	mock.stdout.setEncoding('utf8').on('data', (text: string) => {
		requests += text;
		setPort(text.trim());
	});
	const endpoint = `http://127.0.0.1:${await listening}`;
	const osls = spawn(
		'env',
		oslsCommand(
			'info',
			'--stage',
			'staging',
			'--param=jwtIssuer=https://issuer.example',
			'--param=jwtAudience=x',
		),
		{
			cwd: PROJECT,
			stdio: 'ignore',
			env: {
				PATH: process.env['PATH'],
				HOME: folder,
				AWS_REGION: 'us-east-1',
				AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/deploy',
				AWS_ROLE_SESSION_NAME: 'gitlab-1-2',
				AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
				AWS_ENDPOINT_URL: endpoint,
			},
		},
	);
	await new Promise((done) => osls.once('exit', done));
	t.match(requests, /AssumeRoleWithWebIdentity arn:aws:iam::123456789012:role\/deploy token-of-the-job/);
	t.match(requests, /DescribeStacks null null ASIAMOCK/, 'later calls use the credentials of the role');
});

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Logger } from '@aws-lambda-powertools/logger';
import { test } from 'tap';
import { withInvocation } from '../../src/aws/invocation.ts';
import { createLog } from '../../src/aws/log.ts';

const read = (name: string) => readFile(resolve(import.meta.dirname, '../..', name), 'utf8');

const GUIDE = 'src/deploy/README.md';

/** Parameters without a default. Packaging fails without them. */
const REQUIRED_PARAMETERS = ['jwtIssuer', 'jwtAudience'];

/** `params:` of serverless.yml, by stage. */
async function declaredParameters(): Promise<Record<string, Record<string, string>>> {
	const [, block = ''] = /^params:\n((?: {2}.*\n)+)/m.exec(await read('serverless.yml')) ?? [];
	const stages: Record<string, Record<string, string>> = {};
	let stage = '';
	for (const [, indent = '', name = '', value = ''] of block.matchAll(/^( +)(\w+):(?: (.*))?$/gm)) {
		if (indent.length === 2) stage = name;
		else stages[stage] = { ...stages[stage], [name]: value };
	}
	return stages;
}

/** A section of the guide with its subsections. */
async function section(title: string): Promise<string> {
	const [, level = '', body = ''] = new RegExp(`^(#+) ${title}\\n([^]*)`, 'm').exec(await read(GUIDE)) ?? [];
	return body.split(new RegExp(`^#{1,${level.length}} `, 'm'))[0] ?? '';
}

test('the guide lists every parameter with its defaults', async (t) => {
	const { default: defaults = {}, prod = {}, ...others } = await declaredParameters();
	t.strictSame(others, {}, 'no other stage has parameters of its own');
	const rows = [...(await section('Parameters')).matchAll(/^\| `(\w+)` *\| *(.*?) *\| *(.*?) *\| .+ \|$/gm)];
	const inTicks = (value: string | undefined) => (value === undefined ? '' : `\`${value}\``);
	t.strictSame(
		Object.fromEntries(rows.map(([, name, standard, inProd]) => [name, [standard, inProd]])),
		Object.fromEntries([
			...REQUIRED_PARAMETERS.map((name) => [name, ['required', '']]),
			...Object.entries(defaults).map(([name, value]) => [name, [inTicks(value), inTicks(prod[name])]]),
		]),
	);
});

test('the limits in the guide match the code', async (t) => {
	const limits = await section('Limits');
	const { default: defaults = {} } = await declaredParameters();
	const valueOf = (limit: string) =>
		new RegExp(`^\\| ${limit} *\\| *(.*?) *\\|`, 'm').exec(limits)?.[1] ?? '';
	const constant = async (file: string, name: string) =>
		new RegExp(`\\b${name} = ([\\d_]+)`).exec(await read(file))?.[1] ?? `${name} is not in ${file}`;
	t.match(valueOf('tasks per minute of one principal'), new RegExp(`^${defaults['tasksPerMinute']},`));
	t.equal(
		valueOf('requests per second'),
		`${defaults['apiRateLimit']}, bursts of ${defaults['apiBurstLimit']}`,
	);
	const [, starter = ''] = /^ {4}starter:\n([^]*?)^ {4}\w+:$/m.exec(await read('serverless.yml')) ?? [];
	const setting = (name: string) => new RegExp(`${name}: (\\d+)`).exec(starter)?.[1];
	t.equal(
		valueOf('concurrent starters'),
		`${setting('maximumConcurrency')} x batches of ${setting('batchSize')}`,
	);
	const shards = async (name: string) =>
		`${await constant('src/aws/task-entity.ts', name)} shards of 1,000 per second`;
	t.equal(valueOf('writes to the list of one principal'), await shards('LIST_SHARDS'));
	t.equal(valueOf('writes to the index of open tasks'), await shards('OPEN_SHARDS'));
	const reconciler = 'src/executions/reconciler.ts';
	t.equal(
		valueOf('checks of the reconciler'),
		`${await constant(reconciler, 'MAX_TASKS_PER_RUN')} per minute, ${await constant(reconciler, 'MAX_DESCRIBES_PER_SECOND')} per second`,
	);
});

test('the query of the guide filters by fields of the logs', async (t) => {
	const query = await section('Follow one request');
	const accessLog = (await read('serverless.yml')).slice(
		(await read('serverless.yml')).indexOf('format: >-'),
	);
	for (const field of ['request_id', 'route', 'status']) {
		t.match(query, field);
		t.match(accessLog, `"${field}":"$context.`);
	}
	const logger = new Logger({ serviceName: 'task-api' });
	const written = t.capture(process.stdout, 'write');
	const context = {
		awsRequestId: 'lambda-1',
		functionName: 'api',
		functionVersion: '1',
		invokedFunctionArn: 'arn',
		memoryLimitInMB: '128',
	};
	await withInvocation(async (_event: object, _context: object) =>
		createLog(logger).info('task created', { task_id: 'task-1' }),
	)(
		{
			requestContext: { requestId: 'gateway-1' },
			headers: { 'x-amzn-trace-id': 'Root=1-trace' },
		},
		context,
	);
	written.restore();
	t.match(
		written().map(({ args }) => JSON.parse(String(args[0]))),
		[
			{
				message: 'task created',
				task_id: 'task-1',
				request_id: 'gateway-1',
				function_request_id: 'lambda-1',
				xray_trace_id: '1-trace',
			},
		],
	);
	for (const field of ['message', 'task_id', 'function_request_id', 'xray_trace_id']) t.match(query, field);
});

test('the guide describes the trust policy of every environment', async (t) => {
	const gitlab = await section('GitLab');
	const environments = [...(await read('.gitlab-ci.yml')).matchAll(/environment: \{ name: (\w+)/g)].map(
		([, name = '']) => name,
	);
	t.strictSame([...new Set(environments)].toSorted(), ['prod', 'review', 'staging']);
	for (const name of environments) t.match(gitlab, new RegExp(`^\\| \`${name}.*project_path:`, 'm'), name);
});

test('the guide describes each technique of the bundles, its folder and its metric', async (t) => {
	const text = await section('Why functions start fast');
	for (const words of ['code-cache/', 'compiled-validators/', 'import()', 'CodeCacheRejected'])
		t.ok(text.includes(words), words);
});

test('the pipeline uses existing scripts, parameters and jobs', async (t) => {
	const pipeline = await read('.gitlab-ci.yml');
	const { scripts } = JSON.parse(await read('package.json'));
	const { default: defaults = {} } = await declaredParameters();
	const all = (pattern: RegExp) => [...new Set([...pipeline.matchAll(pattern)].map(([, name = '']) => name))];
	t.strictSame(
		all(/npm run (?:--silent )?([\w-]+)/g).filter((name) => scripts[name] === undefined),
		[],
		'every npm script exists',
	);
	t.strictSame(
		all(/--param=(\w+)=/g).filter(
			(name) => ![...REQUIRED_PARAMETERS, ...Object.keys(defaults)].includes(name),
		),
		[],
		'every parameter exists',
	);
	t.notMatch(pipeline, /AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)/);
	t.match(pipeline, /\n {4}AWS_ID_TOKEN: \{ aud: /);

	const [, stages = ''] = /^stages: \[(.*)\]$/m.exec(pipeline) ?? [];
	t.strictSame(
		all(/^ {2}stage: (\w+)$/gm).toSorted(),
		stages.split(', ').toSorted(),
		'every stage has a job',
	);
	const jobs = all(/^([.\w-]+):$/gm);
	const named = all(/^ {2}(?:needs|extends): \[?([^[\]\n]+)\]?$/gm).flatMap((names) => names.split(', '));
	t.strictSame(
		named.filter((name) => !jobs.includes(name)),
		[],
		'every needed or extended job exists',
	);
});

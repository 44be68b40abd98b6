import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'tap';

const read = (name: string) => readFile(resolve(import.meta.dirname, '../..', name), 'utf8');

/** Parameters without a default: packaging fails without them and names them. */
const MUST_BE_GIVEN = ['jwtIssuer', 'jwtAudience'];

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

test('the README tells every parameter and its default', async (t) => {
	const { default: defaults = {}, prod = {}, ...others } = await declaredParameters();
	t.strictSame(others, {}, 'no other stage has parameters of its own');
	const [, section = ''] = /^## Deploy\n([^]*?)^## /m.exec(await read('README.md')) ?? [];
	const rows = [...section.matchAll(/^\| `(\w+)` *\| *(.*?) *\| *(.*?) *\| .+ \|$/gm)];
	const inTicks = (value: string | undefined) => (value === undefined ? '' : `\`${value}\``);
	t.strictSame(
		Object.fromEntries(rows.map(([, name, standard, inProd]) => [name, [standard, inProd]])),
		Object.fromEntries([
			...MUST_BE_GIVEN.map((name) => [name, ['must be given', '']]),
			...Object.entries(defaults).map(([name, value]) => [name, [inTicks(value), inTicks(prod[name])]]),
		]),
	);
});

test('the ceilings that the README tells are those of the code', async (t) => {
	const [, section = ''] = /^## Where it stops scaling\n([^]*?)^## /m.exec(await read('README.md')) ?? [];
	const { default: defaults = {} } = await declaredParameters();
	const told = (row: string) => new RegExp(`^\\| ${row} *\\| *(.*?) *\\|`, 'm').exec(section)?.[1] ?? '';
	const constant = async (file: string, name: string) =>
		new RegExp(`${name} = ([\\d_]+)`).exec(await read(file))?.[1] ?? `${name} is not in ${file}`;
	t.match(told('tasks of one principal a minute'), new RegExp(`^${defaults['tasksPerMinute']},`));
	t.equal(
		told('requests a second, all together'),
		`${defaults['apiRateLimit']}, bursts of ${defaults['apiBurstLimit']}`,
	);
	const [, starter = ''] = /^ {4}starter:\n([^]*?)^ {4}\w+:$/m.exec(await read('serverless.yml')) ?? [];
	const setting = (name: string) => new RegExp(`${name}: (\\d+)`).exec(starter)?.[1];
	t.equal(told('starters at once'), `${setting('maximumConcurrency')} x batches of ${setting('batchSize')}`);
	const shards = async (file: string, name: string) =>
		`${await constant(file, name)} shards of 1,000 a second`;
	t.equal(told("writes to one principal's list"), await shards('src/aws/task-entity.ts', 'LIST_SHARDS'));
	t.equal(told('writes to the index of open tasks'), await shards('src/aws/due-tasks.ts', 'OPEN_SHARDS'));
	const reconciler = 'src/executions/reconciler.ts';
	t.equal(
		told('what the reconciler looks at'),
		`${await constant(reconciler, 'MOST_A_RUN')} tasks a minute, ${await constant(reconciler, 'A_SECOND')} asked of Step Functions a second`,
	);
});

test('the pipeline calls what there is, and stores no key', async (t) => {
	const pipeline = await read('.gitlab-ci.yml');
	const { scripts } = JSON.parse(await read('package.json'));
	const { default: defaults = {} } = await declaredParameters();
	const all = (pattern: RegExp) => [...new Set([...pipeline.matchAll(pattern)].map(([, name = '']) => name))];
	t.strictSame(
		all(/npm run ([\w-]+)/g).filter((name) => scripts[name] === undefined),
		[],
		'every npm script',
	);
	t.strictSame(
		all(/--param=(\w+)=/g).filter((name) => ![...MUST_BE_GIVEN, ...Object.keys(defaults)].includes(name)),
		[],
		'every parameter',
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
		'every job that is needed or extended',
	);
});

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS, bundle } from '../../../src/deploy/bundle.ts';
import { LAMBDA_NODE_FLAGS } from '../../../src/deploy/code-cache/make-code-caches.ts';
import { WARM_UP_ENVIRONMENT, WARM_UP_EVENTS } from '../../../src/deploy/code-cache/warm-up-events.ts';
import { API_EVENTS } from './events.ts';
import { LIMITS, MEASURE_NAMES, MEASURES, type Measure, QUEUE_FUNCTIONS } from './limits.ts';
import type { Life, Start } from './sandbox.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const OUT = resolve(PROJECT, '.cache/bench');
const RIVALS = ['bare', 'hono', 'express'];

/** How far above its limit a ratio may be in the short form, which measures less. */
const SHORT_ALLOWANCE = 1.15;

/** What was measured of a contestant, a sandbox for each round. */
type Measured = ReadonlyMap<string, readonly Partial<Life>[]>;

/** Each contestant in a new sandbox, round after round. Says whether every ratio is within its limit. */
export async function benchCold({ isShort }: { isShort: boolean }): Promise<boolean> {
	await bundle();
	const [rivals, program] = await Promise.all([bundleRivals(), bundleSandbox()]);
	const lives = new Map<string, Life[]>();
	const starts = new Map<string, Start[]>();
	const rounds = isShort ? 5 : 11;
	const aws = fork(resolve(import.meta.dirname, 'serve-canned-aws.ts'));
	try {
		const [port] = await once(aws, 'message');
		const sandbox = createSandbox(program, `http://127.0.0.1:${port}`);
		for (let round = 1; round <= rounds; round++) {
			for (const [name, file] of [['task-api', bundleOf('api')] as const, ...rivals])
				lives.set(name, [...(lives.get(name) ?? []), await sandbox<Life>(file, API_EVENTS)]);
			for (const name of QUEUE_FUNCTIONS)
				starts.set(name, [
					...(starts.get(name) ?? []),
					await sandbox<Start>(bundleOf(name), WARM_UP_EVENTS[name]?.slice(0, 1)),
				]);
			process.stderr.write(`\rround ${round} of ${rounds}`);
		}
	} finally {
		aws.kill();
		process.stderr.write('\r');
	}
	refuseOthers(lives);
	return report(new Map<string, Partial<Life>[]>([...lives, ...starts]), isShort);
}

const bundleOf = (name: string) => resolve(PROJECT, '.build', name, 'index.mjs');

async function bundleRivals(): Promise<readonly (readonly [name: string, file: string])[]> {
	const entryPoints = RIVALS.map((name) => resolve(import.meta.dirname, `contestants/${name}.ts`));
	await build({ ...BUNDLE_OPTIONS, entryPoints, outdir: OUT });
	return RIVALS.map((name) => [name, resolve(OUT, `${name}.cjs`)]);
}

/** The sandbox as a file that Node runs as it is: Lambda's Node has no TypeScript to take away before a start. */
async function bundleSandbox(): Promise<string> {
	const program = resolve(OUT, 'sandbox.mjs');
	const entryPoints = [resolve(import.meta.dirname, 'sandbox.ts')];
	await build({ entryPoints, outfile: program, format: 'esm', target: 'node24' });
	return program;
}

/** Runs bundles, each in a process of its own. */
function createSandbox(program: string, endpoint: string) {
	const env = { PATH: process.env['PATH'], ...WARM_UP_ENVIRONMENT, AWS_ENDPOINT_URL: endpoint };
	return async <Told>(file: string, events: readonly unknown[] = []): Promise<Told> => {
		const child = fork(program, [file, JSON.stringify(events)], {
			env,
			execArgv: LAMBDA_NODE_FLAGS,
			stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
		});
		const [told] = await Promise.race([
			once(child, 'message'),
			once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with ${code}.`))),
		]);
		return told;
	};
}

/** Who answers otherwise does other work: no comparison. */
function refuseOthers(lives: ReadonlyMap<string, readonly Life[]>): void {
	const [expected] = lives.get('bare') ?? [];
	for (const [name, [life]] of lives)
		if (!isDeepStrictEqual(life?.answers, expected?.answers))
			throw new Error(
				`${name} answers ${JSON.stringify(life?.answers)}, bare ${JSON.stringify(expected?.answers)}`,
			);
}

async function report(measured: Measured, isShort: boolean): Promise<boolean> {
	const figures = (name: string, measure: Measure | 'coldWallUs') =>
		measured.get(name)?.flatMap(({ [measure]: figure }) => (figure === undefined ? [] : [figure])) ?? [];
	const median = (name: string, measure: Measure | 'coldWallUs', per: number) =>
		medianOf(figures(name, measure).map((figure) => Number((figure / per).toPrecision(4)))) ?? '';
	console.table(
		Object.fromEntries(
			[...measured.keys()].map((name) => [
				name,
				Object.fromEntries([
					...MEASURE_NAMES.map((measure) => {
						const { title, unit, per } = MEASURES[measure];
						return [`${title} (${unit})`, median(name, measure, per)];
					}),
					['cold, wall (ms)', median(name, 'coldWallUs', 1000)],
				]),
			]),
		),
	);
	const verdicts = LIMITS.map(({ what, of, measure, ratio: limit }) => {
		const others = figures(of, measure);
		const ratios = figures(what, measure).map((figure, round) => figure / (others[round] ?? Number.NaN));
		const reached = medianOf(ratios) ?? Number.NaN;
		return {
			what: `${what}: ${MEASURES[measure].title} / ${of}`,
			reached: Number(reached.toFixed(2)),
			limit,
			verdict: verdictOn(reached, limit, isShort),
		};
	});
	console.table(verdicts);
	await mkdir(OUT, { recursive: true });
	const [{ model } = { model: 'unknown' }] = cpus();
	const file = resolve(OUT, 'cold.json');
	await writeFile(
		file,
		JSON.stringify({
			date: new Date().toISOString().slice(0, 10),
			machine: `${cpus().length} x ${model}`,
			node: process.version,
			verdicts,
			measured: Object.fromEntries(measured),
		}),
	);
	console.log(`The figures of every round: ${relative(process.cwd(), file)}`);
	return verdicts.every(({ verdict }) => verdict !== 'above');
}

function verdictOn(reached: number, limit: number, isShort: boolean): 'within' | 'nearly' | 'above' {
	if (reached <= limit) return 'within';
	return isShort && reached <= limit * SHORT_ALLOWANCE ? 'nearly' : 'above';
}

function medianOf(values: readonly number[]): number | undefined {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname, relative, resolve } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS, bundle, bundleStarter } from '../../../src/deploy/bundle.ts';
import { codeCachePath, WRAPPER } from '../../../src/deploy/code-cache/load-bundle.ts';
import { LAMBDA_NODE_FLAGS, makeCodeCaches } from '../../../src/deploy/code-cache/make-code-caches.ts';
import {
	httpEvent,
	WARM_UP_ENVIRONMENT,
	WARM_UP_EVENTS,
} from '../../../src/deploy/code-cache/warm-up-events.ts';
import { LIMITS, MEASURE_NAMES, MEASURES, type Measure, QUEUE_FUNCTIONS } from './limits.ts';
import type { Life, SandboxInput, Start } from './sandbox.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const OUT = resolve(PROJECT, '.cache/bench');
const RIVALS = ['bare', 'hono', 'express', 'packages'];

/** The measured requests. They differ from the warm-up events, whose code the caches contain. */
const API_EVENTS = [
	httpEvent('POST', '/v1/tasks', '{"type":"greeting","data":{"name":"Ada"}}'),
	httpEvent('GET', '/v1/tasks/019b76da-e095-7290-a95a-000000000001'),
	httpEvent('POST', '/v1/tasks', '{"type":"greeting","data":{"name":7}}'),
];

/** The short form measures less, so a ratio may be this much above its limit. */
const SHORT_ALLOWANCE = 1.15;

/** The figures of each contestant, one per round. */
type Measured = ReadonlyMap<string, readonly Partial<Life>[]>;

/**
 * Runs each contestant in a new sandbox, round after round. Resolves to `true` if every ratio is within its limit.
 * The second table repeats the other contestants with a code cache, made the same way as ours.
 */
export async function benchCold({ isShort }: { isShort: boolean }): Promise<boolean> {
	await bundle();
	const [rivals, program] = await Promise.all([bundleRivals(), bundleSandbox()]);
	const contestants = [['task-api', builtFile('api')] as const, ...rivals];
	const lives = new Map<string, Life[]>();
	const starts = new Map<string, Start[]>();
	const [rounds, requests] = isShort ? [5, 300] : [11, 1000];
	const aws = fork(resolve(import.meta.dirname, 'serve-canned-aws.ts'));
	try {
		const [port] = await once(aws, 'message');
		const run = createSandboxRunner(program, `http://127.0.0.1:${port}`, requests);
		for (let round = 1; round <= rounds; round++) {
			for (const [name, file] of contestants)
				lives.set(name, [...(lives.get(name) ?? []), await run<Life>(file, API_EVENTS)]);
			for (const name of QUEUE_FUNCTIONS)
				starts.set(name, [
					...(starts.get(name) ?? []),
					await run<Start>(builtFile(name), (WARM_UP_EVENTS[name] ?? []).slice(0, 1)),
				]);
			process.stderr.write(`\rround ${round} of ${rounds}, load ${loadavg()[0]?.toFixed(1)}`);
		}
	} finally {
		aws.kill();
		process.stderr.write('\n');
	}
	requireSameAnswers(lives);
	return report(new Map<string, Partial<Life>[]>([...lives, ...starts]), isShort);
}

const builtFile = (name: string) => resolve(PROJECT, '.build', name, 'index.mjs');

/** Each rival twice: as a plain bundle, and started from a code cache like our functions. */
async function bundleRivals(): Promise<readonly (readonly [name: string, file: string])[]> {
	const sources = Object.fromEntries(
		RIVALS.map((name) => [name, resolve(import.meta.dirname, `contestants/${name}.ts`)]),
	);
	await build({ ...BUNDLE_OPTIONS, entryPoints: sources, outdir: OUT });
	const { banner, footer } = WRAPPER;
	await build({
		...BUNDLE_OPTIONS,
		entryPoints: Object.fromEntries(
			Object.entries(sources).map(([name, source]) => [`${name}-cached/function`, source]),
		),
		banner: { js: banner },
		footer: { js: footer },
		outdir: OUT,
	});
	const starter = await bundleStarter();
	const cached = RIVALS.map((name) => resolve(OUT, `${name}-cached`, 'function.cjs'));
	for (const file of cached) {
		await writeFile(resolve(dirname(file), 'index.mjs'), starter);
		await rm(codeCachePath(file), { force: true });
	}
	for (const file of cached) await makeCodeCaches({ api: file });
	return [
		...RIVALS.map((name) => [name, resolve(OUT, `${name}.cjs`)] as const),
		...RIVALS.map((name) => [`${name}, cached`, resolve(OUT, `${name}-cached`, 'index.mjs')] as const),
	];
}

/** The sandbox as JavaScript, because Lambda's Node strips no types before a start. */
async function bundleSandbox(): Promise<string> {
	const program = resolve(OUT, 'sandbox.mjs');
	const entryPoints = [resolve(import.meta.dirname, 'sandbox.ts')];
	await build({ entryPoints, outfile: program, format: 'esm', target: 'node24' });
	return program;
}

/** Returns a function that runs a bundle in a process of its own, started as Lambda starts Node. */
function createSandboxRunner(program: string, endpoint: string, requests: number) {
	const env = { PATH: process.env['PATH'], ...WARM_UP_ENVIRONMENT, AWS_ENDPOINT_URL: endpoint };
	return async <Result>(file: string, events: readonly unknown[]): Promise<Result> => {
		const input: SandboxInput = { file, events, requests, latencyUrl: `${endpoint}/latency` };
		const child = fork(program, [JSON.stringify(input)], {
			env,
			execArgv: [...LAMBDA_NODE_FLAGS],
			stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
		});
		const [result] = await Promise.race([
			once(child, 'message'),
			once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} exited with ${code}.`))),
		]);
		return result;
	};
}

/** Contestants that answer differently do different work and cannot be compared. */
function requireSameAnswers(lives: ReadonlyMap<string, readonly Life[]>): void {
	const [expected] = lives.get('bare') ?? [];
	for (const [name, [life]] of lives)
		if (!isDeepStrictEqual(life?.answers, expected?.answers))
			throw new Error(
				`${name} answers ${JSON.stringify(life?.answers)}, bare ${JSON.stringify(expected?.answers)}`,
			);
}

async function report(measured: Measured, isShort: boolean): Promise<boolean> {
	const figures = (name: string, measure: Measure) =>
		measured.get(name)?.flatMap(({ [measure]: figure }) => (figure === undefined ? [] : [figure])) ?? [];
	const printTable = (names: readonly string[]) =>
		console.table(
			Object.fromEntries(
				names.map((name) => [
					name,
					Object.fromEntries(
						MEASURE_NAMES.map((measure) => {
							const { title, unit, per } = MEASURES[measure];
							const median = medianOf(figures(name, measure));
							return [
								`${title} (${unit})`,
								median === undefined ? '' : Number((median / per).toPrecision(4)),
							];
						}),
					),
				]),
			),
		);
	const names = [...measured.keys()];
	printTable(names.filter((name) => !name.endsWith(', cached')));
	console.log('The other contestants with a code cache:');
	printTable(names.filter((name) => name === 'task-api' || name.endsWith(', cached')));
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
	const zipMb = await zippedMb(resolve(PROJECT, '.build/api'));
	console.log(`package of api with its code cache: ${zipMb.toFixed(2)} MB, at most ${MAX_PACKAGE_MB}`);
	await saveFigures(measured, verdicts);
	return verdicts.every(({ verdict }) => verdict !== 'above') && zipMb <= MAX_PACKAGE_MB;
}

/** With the code cache and the documents. */
const MAX_PACKAGE_MB = 2.5;

async function zippedMb(folder: string): Promise<number> {
	const { stdout } = await promisify(execFile)('sh', ['-c', `tar -cf - -C '${folder}' . | gzip -9 | wc -c`]);
	return Number(stdout) / 1e6;
}

async function saveFigures(measured: Measured, verdicts: readonly object[]): Promise<void> {
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
}

function verdictOn(reached: number, limit: number, isShort: boolean): 'within' | 'nearly' | 'above' {
	if (reached <= limit) return 'within';
	return isShort && reached <= limit * SHORT_ALLOWANCE ? 'nearly' : 'above';
}

function medianOf(values: readonly number[]): number | undefined {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

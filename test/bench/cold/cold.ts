import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { build } from 'esbuild';
import { bundle, bundleOptions } from '../../../src/deploy/bundle.ts';
import { WARM_UP_ENVIRONMENT } from '../../../src/deploy/start-fast/warm-ups.ts';
import { LIMITS, MEASURE_NAMES, MEASURES, type Measure } from './limits.ts';
import type { Life } from './sandbox.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const OUT = resolve(PROJECT, '.cache/bench');
const RIVALS = ['bare', 'hono', 'express'];

/** How far above its limit a ratio may be in the short form, which measures less. */
const SHORT_ALLOWANCE = 1.15;

/** Each contestant in a new sandbox, round after round. */
export async function benchCold({ rounds, isShort }: { rounds: number; isShort: boolean }): Promise<boolean> {
	await bundle();
	const files = await bundleRivals();
	const aws = fork(resolve(import.meta.dirname, 'serve-canned-aws.ts'));
	const [port] = await once(aws, 'message');
	const environment = { ...WARM_UP_ENVIRONMENT, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` };
	const lives = new Map<string, Life[]>(Object.keys(files).map((name) => [name, []]));
	try {
		for (let round = 1; round <= rounds; round++) {
			for (const [name, file] of Object.entries(files)) lives.get(name)?.push(await live(file, environment));
			process.stderr.write(`\rround ${round} of ${rounds}`);
		}
	} finally {
		aws.kill();
		process.stderr.write('\r');
	}
	refuseOthers(lives);
	return report(lives, isShort);
}

async function bundleRivals(): Promise<Record<string, string>> {
	const entryPoints = RIVALS.map((name) => resolve(import.meta.dirname, `contestants/${name}.ts`));
	await build({ ...bundleOptions(), entryPoints, outdir: OUT });
	return {
		'task-api': resolve(PROJECT, '.build/api/index.mjs'),
		...Object.fromEntries(RIVALS.map((name) => [name, resolve(OUT, `${name}.cjs`)])),
	};
}

async function live(file: string, environment: Readonly<Record<string, string>>): Promise<Life> {
	const child = fork(resolve(import.meta.dirname, 'sandbox.ts'), [file], {
		env: { PATH: process.env['PATH'], ...environment },
		stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
	});
	const [life] = await Promise.race([
		once(child, 'message'),
		once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with ${code}.`))),
	]);
	return life;
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

async function report(lives: ReadonlyMap<string, readonly Life[]>, isShort: boolean): Promise<boolean> {
	const own = lives.get('task-api') ?? [];
	const ratio = (measure: Measure, of: string) =>
		median(own.map((life, round) => life[measure] / (lives.get(of)?.[round]?.[measure] ?? Number.NaN)));
	console.table(
		Object.fromEntries(
			[...lives].map(([name, all]) => [
				name,
				Object.fromEntries([
					...MEASURE_NAMES.map((measure) => {
						const { title, unit, per } = MEASURES[measure];
						return [`${title} (${unit})`, rounded(median(all.map((life) => life[measure])) / per)];
					}),
					['cold, wall (ms)', rounded(median(all.map((life) => life.coldWallUs)) / 1000)],
				]),
			]),
		),
	);
	const verdicts = LIMITS.map(({ of, measure, ratio: limit }) => {
		const reached = ratio(measure, of);
		return {
			what: `${MEASURES[measure].title} / ${of}`,
			reached: Number(reached.toFixed(2)),
			limit,
			holds: reached <= limit * (isShort ? SHORT_ALLOWANCE : 1),
		};
	});
	console.table(verdicts);
	await mkdir(OUT, { recursive: true });
	const [{ model } = { model: 'unknown' }] = cpus();
	const date = new Date().toISOString().slice(0, 10);
	await writeFile(
		resolve(OUT, 'cold.json'),
		JSON.stringify({
			date,
			machine: `${cpus().length} x ${model}`,
			node: process.version,
			verdicts,
			lives: Object.fromEntries(lives),
		}),
	);
	return verdicts.every(({ holds }) => holds);
}

const rounded = (value: number) => Number(value.toPrecision(4));

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

if (import.meta.main) {
	const isShort = process.argv.includes('--short');
	process.exitCode = (await benchCold({ rounds: isShort ? 5 : 11, isShort })) ? 0 : 1;
}

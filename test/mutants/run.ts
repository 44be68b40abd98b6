import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { GUARDS, type Guard, SIMULATION } from './guards.ts';

const HELP = `npm run mutants [-- --only TEXT]
Removes one guard at a time from a copy of the code and expects its test to fail. The tests have to pass with all guards first.
  --only TEXT   only the guards whose name or file contains TEXT`;

const PROJECT = resolve(import.meta.dirname, '../..');

/** The parts of the project that the tests read. */
const COPIED_PATHS = ['src', 'test', 'openapi', 'package.json', 'tsconfig.json', 'serverless.yml'];

/** Seeds within which the simulation has to notice a missing guard; most are noticed within a hundred. */
const MUTANT_SEEDS = '4000';

/** Seeds that the simulation has to pass with all guards. */
const BASELINE_SEEDS = '100';

const TEST_TIMEOUT_MS = 240_000;

/** The result of a test run. A test that times out proves nothing, so it is neither a pass nor a kill. */
type TestResult = 'passed' | 'failed' | 'timedOut';

/** The result of a removed guard. */
type MutantResult = 'killed' | 'survived' | 'timed out';

const { values } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } } });
if (values.help === true) console.log(HELP);
else process.exitCode = await run(values.only ?? '');

async function run(only: string): Promise<number> {
	const guards = GUARDS.filter(({ name, file }) => name.includes(only) || file.includes(only));
	for (const guard of guards) removeGuard(guard, readFileSync(join(PROJECT, guard.file), 'utf8'));
	const killers = [...new Set(guards.map(({ killer }) => killer))];
	const baseline = await inCopies(killers, (copy, killer) => runTest(killer, BASELINE_SEEDS, copy));
	const red = killers.filter((_, index) => baseline[index] !== 'passed');
	if (red.length > 0) {
		console.log(`The baseline is not green, so no guard was removed. Not passed: ${red.join(', ')}`);
		return 1;
	}
	console.log(`The baseline is green: ${killers.length} tests pass with all guards.`);

	let done = 0;
	const results = await inCopies(guards, async (copy, guard) => {
		const result = await tryWithout(guard, copy);
		const progress = String(++done).padStart(String(guards.length).length);
		console.log(`${progress}/${guards.length} ${result}  ${guard.name}  [${guard.file}; ${guard.killer}]`);
		return result;
	});
	const count = (wanted: MutantResult) => results.filter((result) => result === wanted).length;
	console.log(
		`${guards.length} guards: ${count('killed')} killed, ${count('survived')} survived, ${count('timed out')} timed out`,
	);
	return count('killed') === guards.length ? 0 : 1;
}

/** Works through the items concurrently, each worker in a copy of the project of its own. */
async function inCopies<Item, Result>(
	items: readonly Item[],
	work: (copy: string, item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
	const waiting = [...items.entries()];
	const results: Result[] = [];
	await Promise.all(
		Array.from({ length: availableParallelism() }, async () => {
			const copy = copyProject();
			try {
				for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
					results[next[0]] = await work(copy, next[1]);
			} finally {
				rmSync(copy, { recursive: true });
			}
		}),
	);
	return results;
}

function copyProject(): string {
	const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
	for (const path of COPIED_PATHS) cpSync(join(PROJECT, path), join(copy, path), { recursive: true });
	symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
	return copy;
}

/**
 * Returns the source without the guard.
 * @throws if the guard does not occur exactly once.
 */
function removeGuard({ name, file, code, without }: Guard, source: string): string {
	const occurrences = source.split(code).length - 1;
	if (occurrences !== 1) throw new Error(`Guard "${name}" occurs ${occurrences} times in ${file}: ${code}`);
	return source.replace(code, () => without);
}

async function tryWithout(guard: Guard, copy: string): Promise<MutantResult> {
	const path = join(copy, guard.file);
	const source = readFileSync(path, 'utf8');
	writeFileSync(path, removeGuard(guard, source));
	try {
		const result = await runTest(guard.killer, MUTANT_SEEDS, copy);
		return result === 'failed' ? 'killed' : result === 'passed' ? 'survived' : 'timed out';
	} finally {
		writeFileSync(path, source);
	}
}

async function runTest(killer: string, seeds: string, cwd: string): Promise<TestResult> {
	const command =
		killer === SIMULATION ? ['test/simulation/run.ts', '--count', seeds, '--until-failure'] : [killer];
	const child = spawn(process.execPath, command, {
		cwd,
		timeout: TEST_TIMEOUT_MS,
		stdio: 'ignore',
	});
	const { promise, resolve: ended } = Promise.withResolvers<TestResult>();
	child.on('close', (status, signal) => {
		ended(status === 0 ? 'passed' : signal === null ? 'failed' : 'timedOut');
	});
	return promise;
}

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { GUARDS, type Guard, SIMULATION } from './guards.ts';

const HELP = `npm run mutants [-- --only TEXT]
Takes each guard out of a copy of the code, one at a time, and wants a test or a seed of the simulation to go red.
  --only TEXT   the guards whose name or file contains it`;

const PROJECT = resolve(import.meta.dirname, '../..');

/** What the killers read. */
const COPIED = ['src', 'test', 'openapi', 'package.json', 'tsconfig.json', 'serverless.yml'];

/** The seeds that a guard of the simulation has for being missed; most are missed within a hundred. */
const SEEDS = '4000';

const KILLER_MS = 240_000;

const { values } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } } });
if (values.help === true) console.log(HELP);
else process.exitCode = await run(values.only ?? '');

async function run(only: string): Promise<number> {
	const waiting = GUARDS.filter(({ name, file }) => name.includes(only) || file.includes(only));
	for (const guard of waiting) sourceWithout(guard, readFileSync(join(PROJECT, guard.file), 'utf8'));
	const survivors: Guard[] = [];
	let done = 0;
	const all = waiting.length;
	await Promise.all(
		Array.from({ length: availableParallelism() }, async () => {
			const copy = copyProject();
			try {
				for (let guard = waiting.shift(); guard !== undefined; guard = waiting.shift()) {
					const reason = await kill(guard, copy);
					if (reason === undefined) survivors.push(guard);
					const progress = String(++done).padStart(String(all).length);
					console.log(
						`${progress}/${all} ${reason === undefined ? 'SURVIVED' : 'killed'}  ${guard.name}  [${guard.file}; ${reason ?? guard.killer}]`,
					);
				}
			} finally {
				rmSync(copy, { recursive: true });
			}
		}),
	);
	console.log(`${all} guards, ${all - survivors.length} missed when they are gone, ${survivors.length} not`);
	return survivors.length === 0 ? 0 : 1;
}

function copyProject(): string {
	const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
	for (const part of COPIED) cpSync(join(PROJECT, part), join(copy, part), { recursive: true });
	symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
	return copy;
}

/** Throws where the guard is not in the code, or more than once. */
function sourceWithout({ name, file, code, without }: Guard, source: string): string {
	const places = source.split(code).length - 1;
	if (places !== 1) throw new Error(`“${name}” stands ${places} times in ${file}: ${code}`);
	return source.replace(code, () => without);
}

/** What went red without the guard; undefined where nothing did. */
async function kill(guard: Guard, copy: string): Promise<string | undefined> {
	const { file, killer } = guard;
	const path = join(copy, file);
	const source = readFileSync(path, 'utf8');
	writeFileSync(path, sourceWithout(guard, source));
	try {
		const command =
			killer === SIMULATION ? ['test/simulation/run.ts', '--count', SEEDS, '--until-failure'] : [killer];
		const { status, output } = await node(command, copy);
		if (status === 0) return undefined;
		return killer === SIMULATION ? (/^seed \d+/m.exec(output)?.[0] ?? 'the simulation breaks') : killer;
	} finally {
		writeFileSync(path, source);
	}
}

async function node(
	args: readonly string[],
	cwd: string,
): Promise<{ status: number | null; output: string }> {
	const child = spawn(process.execPath, args, {
		cwd,
		timeout: KILLER_MS,
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	let output = '';
	child.stdout.on('data', (chunk) => (output += String(chunk)));
	const { promise, resolve: ended } = Promise.withResolvers<number | null>();
	child.on('close', ended);
	return { status: await promise, output };
}

import { TaskApiError } from '../../client/index.ts';
import { type CliContext, print } from '../cli-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** Options of `doctor`. */
export interface DoctorOptions {
	readonly stage?: string;
	readonly region: string;
}

interface Check {
	readonly name: string;
	readonly run: () => Promise<string>;
	/** How to solve a failure. */
	readonly fix: string;
}

interface Outcome {
	readonly check: string;
	readonly outcome: 'ok' | 'failed' | 'skipped';
	readonly detail: string;
}

const MARKS = { ok: '✔', failed: '✘', skipped: '-' } as const;

/** How long the doctor's own task may take. */
const MAX_TASK_MS = 60_000;

/** Checks the API step by step; with `--stage` the whole stage on AWS. */
export async function checkHealth(context: CliContext, options: DoctorOptions): Promise<number> {
	const { stage, region } = options;
	if (stage === undefined) return checkApi(context);
	// Loaded only here: the AWS SDK would delay every other command.
	const { checkStage } = await import('../../deploy/check-stage.ts');
	const outcomes: Outcome[] = [];
	const allPassed = await checkStage({
		stage,
		region,
		token: context.options.token,
		report: (check, outcome, detail) => outcomes.push({ check, outcome, detail }),
	});
	return showOutcomes(context, outcomes, allPassed);
}

async function checkApi(context: CliContext): Promise<number> {
	const outcomes: Outcome[] = [];
	for (const { name, run, fix } of checksOf(context)) {
		if (outcomes.some(({ outcome }) => outcome === 'failed')) {
			outcomes.push({ check: name, outcome: 'skipped', detail: 'solve the failure first' });
			continue;
		}
		const outcome = await run().then(
			(detail): Outcome => ({ check: name, outcome: 'ok', detail }),
			(error: unknown): Outcome => ({
				check: name,
				outcome: 'failed',
				detail: `${error instanceof TaskApiError ? error.detail : String(error)}\n${fix}`,
			}),
		);
		context.io.signal.throwIfAborted();
		outcomes.push(outcome);
	}
	return showOutcomes(
		context,
		outcomes,
		outcomes.every(({ outcome }) => outcome === 'ok'),
	);
}

function checksOf({ client, io, options }: CliContext): readonly Check[] {
	const { signal } = io;
	return [
		{
			name: 'endpoint',
			async run() {
				const { version } = await client.health({ signal });
				return `${options.url} runs version ${version}`;
			},
			fix: 'Start the local stack with `npm start`, or give the URL of a stage with --url or TASK_API_URL.',
		},
		{
			name: 'reading',
			async run() {
				const types = await client.types({ signal });
				return `${types.length} task types: ${types.map(({ type }) => type).join(', ')}`;
			},
			fix: 'Give a token with the scope tasks:read with --token or TASK_API_TOKEN.',
		},
		{
			name: 'greeting',
			async run() {
				const task = await client.create({ type: 'greeting', data: { name: 'Doctor' } }, { signal });
				const { status, error } = await client.wait(task, {
					holdSeconds: 20,
					timeoutMs: MAX_TASK_MS,
					signal,
				});
				if (status !== 'SUCCEEDED')
					throw new Error(`The task ended as ${status}: ${error?.message ?? 'without an error'}.`);
				return `task ${task.task_id} succeeded`;
			},
			fix: 'Give a token with the scope tasks:write, or read the logs: task-api logs <id>.',
		},
	];
}

function showOutcomes(context: CliContext, outcomes: readonly Outcome[], allPassed: boolean): number {
	const lines = outcomes.map(
		({ check, outcome, detail }) =>
			`${MARKS[outcome]} ${check.padEnd(12)} ${detail.replaceAll('\n', '\n  → ')}`,
	);
	print(context, outcomes, lines.join('\n'));
	return allPassed ? EXIT_CODES.success : EXIT_CODES.failed;
}

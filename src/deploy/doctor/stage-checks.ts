import * as Type from 'typebox';
import type { DeployedStage } from '../../aws/deployed-stage.ts';
import { parseValue } from '../../parse.ts';
import { stageParameterName } from '../stage-parameters.ts';

/** The result of a check. */
export interface Finding {
	readonly ok: boolean;
	readonly detail: string;
}

/** One check of a deployed stage. An error that it throws is a failed finding. */
export interface Check {
	readonly name: string;
	/** Checks that must pass before this one is useful. */
	readonly needs: readonly string[];
	/** How to fix the stage if the check fails. */
	readonly fix: string;
	readonly run: () => Promise<Finding>;
}

/** Receives the outcome of each check. */
export type ReportCheck = (name: string, outcome: 'ok' | 'failed' | 'skipped', detail: string) => void;

/** Runs the checks in order and reports each outcome. Resolves to `true` if all pass; a skipped check does not. */
export async function runChecks(checks: readonly Check[], report: ReportCheck): Promise<boolean> {
	const passed = new Set<string>();
	for (const { name, needs, fix, run } of checks) {
		const missing = needs.find((need) => !passed.has(need));
		if (missing !== undefined) {
			report(name, 'skipped', `fix ${missing} first`);
			continue;
		}
		const { ok, detail } = await run().catch((error: unknown) => fail(describeError(error)));
		if (ok) passed.add(name);
		report(name, ok ? 'ok' : 'failed', ok ? detail : `${detail}\n${fix}`);
	}
	return passed.size === checks.length;
}

/** The stage, and the means to reach it. */
export interface DoctorDependencies {
	readonly stage: string;
	readonly deployed: DeployedStage;
	/** A caller's token; `undefined` for a stage without authentication. */
	readonly token: string | undefined;
	readonly wait: (ms: number) => Promise<void>;
}

/** The initial value of an optional secret. Workflows skip the service until it is replaced. */
const OPTIONAL_SECRET_PLACEHOLDER = 'not-set';
/** The callback secret of the laptop, which is public. */
const LAPTOP_SECRET = 'local-callback-secret';

/** The checks of a stage, from the credentials to a task that runs to its end. */
export function createStageChecks({ stage, deployed, token, wait }: DoctorDependencies): readonly Check[] {
	const urlName = stageParameterName(stage, 'url');
	const secretsName = stageParameterName(stage, 'secrets');
	const names = [
		`/${stage}/v1/sns/system_event_topic_name`,
		`/${stage}/v1/sns/system_event_topic_arn`,
		`/${stage}/v1/tables/long_running_tasks_table`,
		urlName,
		secretsName,
	];
	const readParameter = async (name: string) => (await deployed.parameters([name])).get(name) ?? '';
	return [
		{
			name: 'credentials',
			needs: [],
			fix: 'Log in (`aws sso login`) or set AWS_PROFILE. For the laptop set AWS_ENDPOINT_URL too.',
			run: async () => pass(await deployed.callerArn()),
		},
		{
			name: 'parameters',
			needs: ['credentials'],
			fix: `Deploy the stage (npm run bundle && npx serverless deploy --stage ${stage}), or check --region.`,
			async run() {
				const found = await deployed.parameters(names);
				const missing = names.filter((name) => !found.has(name));
				return missing.length === 0 ? pass(`${names.length} found`) : fail(`missing: ${missing.join(', ')}`);
			},
		},
		{
			name: 'secrets',
			needs: ['parameters'],
			fix: 'aws secretsmanager put-secret-value --secret-id <arn> --secret-string <value>. Running functions read it within five minutes.',
			run: async () => checkSecrets(stage, deployed, (await readParameter(secretsName)).split(',')),
		},
		{
			name: 'endpoint',
			needs: ['parameters'],
			fix: 'Read the log group of the api function for the reason.',
			async run() {
				const url = await readParameter(urlName);
				const response = await fetch(`${url}/v1/health`);
				const body = await response.text();
				return response.ok
					? pass(`${url} ${body}`)
					: fail(`${url}/v1/health returned ${response.status}: ${body}`);
			},
		},
		{
			name: 'greeting',
			needs: ['endpoint'],
			fix: '401: set TASK_API_TOKEN to a token of the stage’s issuer. PENDING: read the log of starter. RUNNING: read the log of listener.',
			run: async () => runGreeting(await readParameter(urlName), token, wait),
		},
	];
}

async function checkSecrets(
	stage: string,
	deployed: DeployedStage,
	arns: readonly string[],
): Promise<Finding> {
	const secrets = await Promise.all(arns.map(async (arn) => ({ arn, value: await deployed.secret(arn) })));
	const unsafe = secrets.filter(
		({ value }) => value === '' || (value === LAPTOP_SECRET && stage !== 'local'),
	);
	if (unsafe.length > 0) return fail(`empty or a sample: ${unsafe.map(({ arn }) => arn).join(', ')}`);
	const optional = secrets.filter(({ value }) => value === OPTIONAL_SECRET_PLACEHOLDER);
	const skipped =
		optional.length === 0
			? ''
			: `; not set, so their service is skipped: ${optional.map(({ arn }) => arn).join(', ')}`;
	return pass(`${secrets.length - optional.length} set${skipped}`);
}

const Task = Type.Object({
	task_id: Type.String(),
	status: Type.String(),
	result: Type.Optional(Type.Unknown()),
	error: Type.Optional(Type.Unknown()),
});

const OPEN_STATUSES: ReadonlySet<string> = new Set(['PENDING', 'RUNNING']);

/** A greeting takes about a second, and a poll at least one. */
const MAX_POLLS = 60;

/** Creates a greeting and polls it to its end, as a client would. It notifies Slack and the notification topic too. */
async function runGreeting(
	url: string,
	token: string | undefined,
	wait: (ms: number) => Promise<void>,
): Promise<Finding> {
	const headers = {
		'content-type': 'application/json',
		...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
	};
	const accepted = await fetch(`${url}/v1/tasks`, {
		method: 'POST',
		headers,
		body: JSON.stringify({ type: 'greeting', data: { name: 'Doctor' } }),
	});
	if (accepted.status !== 202)
		return fail(`POST /v1/tasks returned ${accepted.status}: ${await accepted.text()}`);
	let retryAfter = accepted.headers.get('retry-after');
	let task = parseValue(Task, await accepted.json(), 'POST /v1/tasks');
	for (let polls = 0; OPEN_STATUSES.has(task.status) && polls < MAX_POLLS; polls++) {
		await wait(1000 * Number(retryAfter ?? 1));
		const response = await fetch(`${url}/v1/tasks/${task.task_id}`, { headers });
		if (!response.ok)
			return fail(`GET /v1/tasks/${task.task_id} returned ${response.status}: ${await response.text()}`);
		retryAfter = response.headers.get('retry-after');
		task = parseValue(Task, await response.json(), 'GET /v1/tasks');
	}
	const { task_id, status, result, error } = task;
	const detail = `${task_id} ${status} ${JSON.stringify(result ?? error ?? {})}`;
	return status === 'SUCCEEDED' ? pass(detail) : fail(detail);
}

function pass(detail: string): Finding {
	return { ok: true, detail };
}

function fail(detail: string): Finding {
	return { ok: false, detail };
}

/** An error in one line, with the reason that `fetch` puts in its cause. */
function describeError(error: unknown): string {
	const { name, message, cause } = Object(error);
	return [name, message, Object(cause).message].filter(Boolean).join(': ');
}

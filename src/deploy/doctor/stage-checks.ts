import type { DeployedStage } from '../../aws/deployed-stage.ts';
import { type Check, well, wrong } from './check.ts';
import { greet } from './greeting.ts';

export interface DoctorDependencies {
	readonly stage: string;
	readonly deployed: DeployedStage;
	/** A caller's token; undefined for a stage that is open to everybody. */
	readonly token: string | undefined;
	readonly wait: (ms: number) => Promise<void>;
}

/** Values with which nothing works, or which everybody can read: the last is the laptop's own, and right there. */
const SAMPLE_SECRETS: readonly string[] = ['', 'not-set', 'local-callback-secret'];

/** From the credentials to a task that has gone the whole way, each after what it stands on. */
export function doctorChecks({ stage, deployed, token, wait }: DoctorDependencies): readonly Check[] {
	const own = (name: string) => `/${stage}/v1/task-api/${name}`;
	const names = [
		`/${stage}/v1/sns/system_event_topic_name`,
		`/${stage}/v1/sns/system_event_topic_arn`,
		`/${stage}/v1/tables/long_running_tasks_table`,
		own('url'),
		own('secrets'),
	];
	const parameter = async (name: string) => (await deployed.parameters([name])).get(name) ?? '';
	return [
		{
			name: 'credentials',
			needs: [],
			mend: 'Log in (`aws sso login`), or set AWS_PROFILE; against the laptop also AWS_ENDPOINT_URL.',
			examine: async () => well(await deployed.callerArn()),
		},
		{
			name: 'parameters',
			needs: ['credentials'],
			mend: `Deploy first: npm run bundle && npx serverless deploy --stage ${stage}; or look at --region.`,
			async examine() {
				const found = await deployed.parameters(names);
				const missing = names.filter((name) => !found.has(name));
				return missing.length === 0 ? well(`${names.length} found`) : wrong(`missing: ${missing.join(', ')}`);
			},
		},
		{
			name: 'secrets',
			needs: ['parameters'],
			mend: 'aws secretsmanager put-secret-value --secret-id <arn> --secret-string <value>; running functions have it in five minutes.',
			async examine() {
				const arns = (await parameter(own('secrets'))).split(',');
				const values = await Promise.all(
					arns.map(async (arn) => ({ arn, value: await deployed.secret(arn) })),
				);
				const refused = stage === 'local' ? SAMPLE_SECRETS.slice(0, -1) : SAMPLE_SECRETS;
				const samples = values.filter(({ value }) => refused.includes(value)).map(({ arn }) => arn);
				return samples.length === 0
					? well(`${arns.length} set`)
					: wrong(`not set, or still the sample: ${samples.join(', ')}`);
			},
		},
		{
			name: 'endpoint',
			needs: ['parameters'],
			mend: 'Read the log group of the api function: it says why it does not start.',
			async examine() {
				const url = await parameter(own('url'));
				const response = await fetch(`${url}/v1/health`);
				const body = await response.text();
				return response.ok
					? well(`${url} ${body}`)
					: wrong(`${url}/v1/health answered ${response.status}: ${body}`);
			},
		},
		{
			name: 'greeting',
			needs: ['endpoint'],
			mend: '401: give a token of the stage’s issuer in TASK_API_TOKEN. PENDING for ever: see the start queue’s DLQ. RUNNING: the status queue’s.',
			examine: async () => greet({ url: await parameter(own('url')), token, wait }),
		},
	];
}

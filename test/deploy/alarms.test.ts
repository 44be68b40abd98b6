import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'tap';
import { alarmSubscriptions, rollbackAlarmIds } from '../../src/deploy/alarms.ts';
import { idsOfType } from '../../src/deploy/compiled-template.ts';
import { FAILURE_MODES, nameOf } from '../../src/deploy/doctor/failure-modes.ts';
import { createLiveAliases } from '../../src/deploy/live-aliases.ts';
import { LOGS_QUERIES } from '../../src/deploy/log-queries.ts';
import { DEPLOYED_STAGES, packageDeployed } from '../support/deployed-stages.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

const resourcesOf = async (stage: (typeof DEPLOYED_STAGES)[number]) =>
	Object(await packageDeployed(stage)).Resources;

test('every alarm belongs to a failure mode, and every failure mode has its alarms', async (t) => {
	t.equal(FAILURE_MODES.length, 13);
	for (const stage of DEPLOYED_STAGES) {
		const alarmIds = idsOfType(await resourcesOf(stage), 'AWS::CloudWatch::Alarm');
		const patterns = FAILURE_MODES.flatMap(({ alarms }) => alarms);
		t.strictSame(
			alarmIds.filter((id) => !patterns.some((pattern) => pattern.test(id))),
			[],
			`${stage}: alarms that no failure mode names`,
		);
		t.strictSame(
			patterns.filter((pattern) => !alarmIds.some((id) => pattern.test(id))),
			[],
			`${stage}: patterns without an alarm`,
		);
	}
});

test('npm run doctor -- --explain alarms lists the failure modes with their alarms', async (t) => {
	const explain = (what: string) =>
		spawnSync(process.execPath, ['src/deploy/doctor.ts', '--explain', what], {
			cwd: PROJECT,
			encoding: 'utf8',
		});
	const { status, stdout } = explain('alarms');
	t.equal(status, 0);
	for (const { failure } of FAILURE_MODES) t.match(stdout, failure);
	t.match(stdout, /dead-letter queue\n +alarms: +<name>DeadLetterQueueReceivedAlarm/);
	t.match(explain('weather'), { status: 1, stderr: /--explain must be alarms, got "weather"/ });
});

test('an alarm in ALARM stops a deploy unless deployAlarms is off', async (t) => {
	const resources = await resourcesOf('prod');
	const groupsFor = (deployAlarms: 'on' | 'off') =>
		Object.values(
			createLiveAliases(resources, {
				stage: 'prod',
				deployAlarms,
				alarmIdsOf: (functionId) => rollbackAlarmIds(resources, functionId),
			}),
		)
			.filter(({ Type }) => Type === 'AWS::CodeDeploy::DeploymentGroup')
			.map(({ Properties }) => Object(Properties).AlarmConfiguration.Enabled);
	t.ok(groupsFor('on').length >= 10);
	t.ok(groupsFor('on').every((isEnabled) => isEnabled === true));
	t.ok(groupsFor('off').every((isEnabled) => isEnabled === false));

	const watched = new Set(
		idsOfType(resources, 'AWS::Lambda::Function').flatMap((id) => rollbackAlarmIds(resources, id)),
	);
	for (const id of watched) t.match(resources[id].Properties.AlarmDescription, /deployAlarms=off/, id);
});

test('only functions that serve HTTP are rolled back by the alarm of the API', async (t) => {
	const resources = await resourcesOf('prod');
	t.strictSame(rollbackAlarmIds(resources, 'ApiLambdaFunction'), [
		'ApiErrorsAlarm',
		'HttpApiServerErrorsAlarm',
	]);
	t.strictSame(rollbackAlarmIds(resources, 'StarterLambdaFunction'), [
		'StarterErrorsAlarm',
		'StarterFailedRecordsAlarm',
	]);
	t.strictSame(rollbackAlarmIds(resources, 'GreetingStepsLambdaFunction'), ['GreetingStepsErrorsAlarm']);
});

test('the runbook has a section for every failure mode, with its alarms and a saved query', async (t) => {
	const readme = readFileSync(resolve(PROJECT, 'src/deploy/README.md'), 'utf8');
	const sections = new Map(
		readme
			.split(/^#### /m)
			.map((section) => [section.split('\n', 1)[0] ?? '', section.split(/^##/m)[0] ?? '']),
	);
	const queries = new Set(LOGS_QUERIES.map(({ name }) => name));
	for (const { failure, alarms } of FAILURE_MODES) {
		const section = sections.get(failure) ?? '';
		const [, query = ''] = /^- \*\*Look\*\*: query `([\w-]+)`/m.exec(section) ?? [];
		t.ok(queries.has(query), `${failure}: query "${query}"`);
		for (const part of ['Means', 'Fix', 'Escalate']) t.match(section, `- **${part}**`, failure);
		for (const alarm of alarms) t.match(section, `\`${nameOf(alarm)}\``, failure);
	}
	for (const name of queries) t.match(readme, `\`${name}\``, 'the runbook names every query');
});

test('the README states what the metrics of our own cost', async (t) => {
	const resources = await resourcesOf('prod');
	const alarms = idsOfType(resources, 'AWS::CloudWatch::Alarm').map((id) => resources[id].Properties);
	const written = alarms.filter(
		({ Namespace, Dimensions }) => Namespace === 'task-api' && Dimensions.length > 0,
	);
	const filtered = idsOfType(resources, 'AWS::Logs::MetricFilter');
	const names = new Set([...written.map(({ MetricName }) => MetricName), ...filtered]);
	const readme = readFileSync(resolve(PROJECT, 'src/deploy/README.md'), 'utf8');
	const [, most, dollars] =
		/At most (\d+) are ours, at \$0\.30\s+a month each while they have data, so \$(\d+);/.exec(readme) ?? [];
	t.ok(names.size <= Number(most), `${names.size} metrics`);
	t.equal(Number(dollars), Number(most) * 0.3);
});

test('packaging warns if the alarms of prod have no subscriber', async (t) => {
	const warnings: string[] = [];
	const warn = (text: string) => void warnings.push(text);
	t.strictSame(alarmSubscriptions({ stage: 'prod', alarmEmail: 'ops@example.com', warn }), [
		{ Protocol: 'email', Endpoint: 'ops@example.com' },
	]);
	t.strictSame(alarmSubscriptions({ stage: 'staging', alarmEmail: '', warn }), []);
	t.strictSame(warnings, []);
	t.strictSame(alarmSubscriptions({ stage: 'prod', alarmEmail: '', warn }), []);
	t.match(warnings, [/^alarmEmail is empty/]);
});

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import { test } from 'tap';
import { DEPLOYED_STAGES, packageDeployed } from '../support/deployed-stages.ts';
import * as alarms from './rules/alarms.ts';
import { BREAKS } from './rules/breaks.ts';
import * as delivery from './rules/delivery.ts';
import * as functions from './rules/functions.ts';
import * as protection from './rules/protection.ts';
import * as releases from './rules/releases.ts';
import * as roles from './rules/roles.ts';
import { type Rule, readStage } from './rules/rule.ts';

const RULES: Readonly<Record<string, Rule>> = {
	...alarms,
	...delivery,
	...functions,
	...protection,
	...releases,
	...roles,
};

for (const stage of DEPLOYED_STAGES) {
	test(`the template of ${stage} follows every rule`, async (t) => {
		const packaged = readStage(stage, await packageDeployed(stage));
		for (const [name, rule] of Object.entries(RULES)) t.strictSame(rule(packaged), [], name);
	});
}

test('each rule finds a template that breaks it', async (t) => {
	t.strictSame(
		Object.keys(BREAKS).toSorted(),
		Object.keys(RULES).toSorted(),
		'every rule has a broken template',
	);
	const template = await packageDeployed('prod');
	for (const [name, breakIt] of Object.entries(BREAKS)) {
		const broken = structuredClone(template);
		breakIt(Object(broken).Resources);
		t.not(RULES[name]?.(readStage('prod', broken)).length, 0, name);
	}
});

test('reading a template fails on a reference without a target and on a cycle', async (t) => {
	const template = await packageDeployed('prod');
	const dangling = structuredClone(template);
	Object(dangling).Resources.StartQueue.Properties.KmsMasterKeyId = { 'Fn::Sub': '${Nowhere}' };
	t.throws(() => readStage('prod', dangling), { message: /refers to Nowhere/ });
	const cyclic = structuredClone(template);
	Object(cyclic).Resources.ApiRole.DependsOn = 'ApiLambdaFunction';
	t.throws(() => readStage('prod', cyclic), { message: /cycle: / });
});

test('the CloudFormation validator finds no error', async (t) => {
	const engine = new RegoEngine();
	t.teardown(() => engine.free());
	const errorsOf = (template: unknown) => {
		const folder = t.testdir({ 'template.json': JSON.stringify(template) });
		const { diagnostics } = engine.validateStandard(new TemplateFile(join(folder, 'template.json')));
		return diagnostics
			.filter(({ severity }) => ['FATAL', 'ERROR'].includes(severity))
			.map(({ ruleId, message }) => `${ruleId}: ${message}`);
	};
	for (const stage of DEPLOYED_STAGES) t.strictSame(errorsOf(await packageDeployed(stage)), [], stage);
	const broken = structuredClone(await packageDeployed('prod'));
	Object(broken).Resources.StartQueue.Properties.VisibilityTimeout = 'long';
	t.not(errorsOf(broken).length, 0, 'the validator finds a wrong property');
});

const linter = spawnSync('cfn-lint', ['--version']);

test('cfn-lint finds nothing', {
	skip: linter.status !== 0 && 'cfn-lint is not installed',
}, async (t) => {
	for (const stage of DEPLOYED_STAGES) {
		const folder = t.testdir({ [stage]: JSON.stringify(await packageDeployed(stage)) });
		// W3005: osls writes a DependsOn beside references that imply it.
		const linted = spawnSync('cfn-lint', ['-t', join(folder, stage), '-r', 'us-east-1', '-i', 'W3005']);
		t.equal(String(linted.stdout), '', stage);
		t.equal(linted.status, 0, stage);
	}
});

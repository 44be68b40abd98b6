import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import { test } from 'tap';
import { DEPLOYED_STAGES, packageDeployed } from '../support/deployed-stages.ts';
import * as alarms from './rules/alarms.ts';
import { BREAKS } from './rules/breaks.ts';
import * as delivery from './rules/delivery.ts';
import * as functions from './rules/functions.ts';
import * as releases from './rules/releases.ts';
import * as roles from './rules/roles.ts';
import { type Rule, readStage } from './rules/rule.ts';
import * as safekeeping from './rules/safekeeping.ts';

const RULES: Readonly<Record<string, Rule>> = {
	...alarms,
	...delivery,
	...functions,
	...releases,
	...roles,
	...safekeeping,
};

for (const stage of DEPLOYED_STAGES) {
	test(`the template of ${stage}`, async (t) => {
		const packaged = readStage(stage, await packageDeployed(stage));
		for (const [name, rule] of Object.entries(RULES)) t.strictSame(rule(packaged), [], name);
	});
}

test('each rule finds what breaks it', async (t) => {
	t.strictSame(Object.keys(BREAKS).toSorted(), Object.keys(RULES).toSorted(), 'every rule is tried');
	const template = await packageDeployed('prod');
	for (const [name, breakIt] of Object.entries(BREAKS)) {
		const broken = structuredClone(template);
		breakIt(Object(broken).Resources);
		t.not(RULES[name]?.(readStage('prod', broken)).length, 0, name);
	}
});

test('a reference to nothing and a circle of references are found', async (t) => {
	const template = await packageDeployed('prod');
	const lost = structuredClone(template);
	Object(lost).Resources.StartQueue.Properties.KmsMasterKeyId = { 'Fn::Sub': '${Nowhere}' };
	t.throws(() => readStage('prod', lost), { message: /refers to Nowhere/ });
	const circle = structuredClone(template);
	Object(circle).Resources.ApiRole.DependsOn = 'ApiLambdaFunction';
	t.throws(() => readStage('prod', circle), { message: /cycle: / });
});

test('CloudFormation’s own rules find no error', async (t) => {
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
	t.not(errorsOf(broken).length, 0, 'they find what is wrong');
});

const linter = spawnSync('cfn-lint', ['--version']);

test('cfn-lint has nothing to say', {
	skip: linter.status !== 0 && 'it is not on this machine',
}, async (t) => {
	for (const stage of DEPLOYED_STAGES) {
		const folder = t.testdir({ [stage]: JSON.stringify(await packageDeployed(stage)) });
		// W3005: osls writes the DependsOn that a reference makes needless.
		const linted = spawnSync('cfn-lint', ['-t', join(folder, stage), '-r', 'us-east-1', '-i', 'W3005']);
		t.equal(String(linted.stdout), '', stage);
		t.equal(linted.status, 0, stage);
	}
});

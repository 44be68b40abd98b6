import { test } from 'tap';
import { RETAINED } from '../../src/deploy/remove.ts';
import { exitCode, runProgram } from '../support/child-stack.ts';
import { DEPLOYED_STAGES, packageDeployed } from '../support/deployed-stages.ts';

async function remove(...commandLine: string[]) {
	const { process, output } = runProgram('src/deploy/remove.ts', commandLine, {});
	return { code: await exitCode(process), output: output() };
}

test('the help lists the resources that the templates retain', async (t) => {
	for (const stage of DEPLOYED_STAGES) {
		const template = await packageDeployed(stage);
		const resources: Record<string, { Type: string; DeletionPolicy?: string }> = Object(template).Resources;
		const retained = Object.entries(resources).filter(
			// CloudFormation deletes versions with their function.
			([, { Type, DeletionPolicy = 'Delete' }]) =>
				DeletionPolicy !== 'Delete' && Type !== 'AWS::Lambda::Version',
		);
		t.strictSame(retained.map(([id]) => id).toSorted(), Object.keys(RETAINED).toSorted(), stage);
	}
	const { code, output } = await remove('--help');
	t.equal(code, 0);
	for (const id of Object.keys(RETAINED)) t.match(output, id);
});

test('remove requires a known stage, and a flag for prod', async (t) => {
	t.match(await remove('--stage', 'staging', '--region', 'eu-west-1', '--dry-run'), {
		code: 0,
		output: /Retained: TaskTable, OutputBucket.*\nserverless remove --stage staging --region eu-west-1 /,
	});
	t.match(await remove('--stage', 'review-42', '--dry-run'), { code: 0, output: /--stage review-42 / });
	t.match(await remove('--stage', 'prod', '--dry-run'), { code: 1, output: /--prod-is-meant/ });
	t.match(await remove('--stage', 'prod', '--prod-is-meant', '--dry-run'), {
		code: 0,
		output: /--stage prod /,
	});
	t.match(await remove('--stage', 'prd'), { code: 1, output: /Unknown stage "prd"/ });
	t.match(await remove('--stage', 'local'), { code: 1, output: /DATA_DIR/ });
	t.match(await remove(), { code: 1, output: /npm run remove -- --stage/ });
});

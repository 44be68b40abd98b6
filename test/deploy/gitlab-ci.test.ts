import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { type Test, test } from 'tap';
import * as Type from 'typebox';
import { parseJson } from '../../src/parse.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

const Jobs = Type.Array(
	Type.Object({
		name: Type.String(),
		stage: Type.String(),
		when: Type.String(),
		needs: Type.Optional(Type.Array(Type.Object({ job: Type.String() }))),
	}),
);

/** The file and its jobs as GitLab would have them for these variables, by its own schema. */
function setup(t: Test) {
	const folder = t.testdir({});
	const git = (...command: string[]) => execFileSync('git', command, { cwd: folder, stdio: 'ignore' });
	copyFileSync(join(PROJECT, '.gitlab-ci.yml'), join(folder, '.gitlab-ci.yml'));
	git('init', '--initial-branch', 'main');
	git('remote', 'add', 'origin', 'git@gitlab.com:group/task-api.git');
	const program = createRequire(import.meta.url)
		.resolve('gitlab-ci-local/package.json')
		.replace('package.json', 'dist/index.js');
	const run = (...command: string[]) =>
		execFileSync(process.execPath, [program, ...command], {
			cwd: folder,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		});
	return {
		text: run('--preview'),
		jobs: (variables: Readonly<Record<string, string>>) => {
			const given = Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
			const output = run('--list-json', ...given);
			// What stands before it are warnings that these variables are GitLab's own.
			return parseJson(Jobs, output.slice(output.search(/^\[$/m)), 'jobs').filter(
				({ when }) => when !== 'never',
			);
		},
	};
}

const MAIN = { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: 'main' };

test('the pipelines have the jobs that they are to have', async (t) => {
	const { jobs } = setup(t);
	const names = (variables: Readonly<Record<string, string>>) =>
		jobs(variables)
			.map(({ name }) => name)
			.toSorted();
	t.strictSame(names(MAIN), [
		'bench',
		'deploy-staging',
		'lint-templates',
		'package-prod',
		'package-staging',
		'smoke-staging',
		'verify',
	]);
	t.strictSame(
		names({ CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_IID: '42', CI_COMMIT_BRANCH: '' }),
		[
			'bench',
			'deploy-review',
			'lint-templates',
			'package-prod',
			'package-review',
			'package-staging',
			'remove-review',
			'verify',
		],
	);
	const tagged = jobs({ CI_PIPELINE_SOURCE: 'push', CI_COMMIT_TAG: 'v1.2.3', CI_COMMIT_BRANCH: '' });
	t.strictSame(tagged.map(({ name }) => name).toSorted(), [
		'bench',
		'deploy-prod',
		'lint-templates',
		'package-prod',
		'package-staging',
		'smoke-prod',
		'verify',
	]);
	t.equal(tagged.find(({ name }) => name === 'deploy-prod')?.when, 'manual');
	t.strictSame(
		tagged
			.find(({ name }) => name === 'deploy-prod')
			?.needs?.map(({ job }) => job)
			.toSorted(),
		['lint-templates', 'package-prod', 'verify'],
	);
});

test('no key of AWS is stored: who touches it has a token of this very job', async (t) => {
	const { text } = setup(t);
	t.notMatch(text, /AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)/);
	const parts = text.split(/^(?=[a-z-]+:$)/m);
	const touching = parts.filter((part) => /serverless deploy|npm run (remove|doctor)/.test(part));
	t.ok(touching.length >= 5);
	for (const part of touching)
		t.match(part, /AWS_ID_TOKEN:\s+aud: sts\.amazonaws\.com/, part.split(':', 1)[0] ?? '');
});

test('a review stage is removed, at the latest after a week, and reports are kept', async (t) => {
	const { text } = setup(t);
	t.match(text, /on_stop: remove-review/);
	t.match(text, /auto_stop_in: 1 week/);
	t.match(text, /junit: junit\.xml/);
	t.match(text, /coverage_format: cobertura/);
});

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { exitCode, runProgram, startChildStack } from '../support/child-stack.ts';
import { pollUntil } from '../support/poll.ts';
import { copyProject, ODD_NAME } from '../support/project-copy.ts';

test('npm run new-workflow', async (t) => {
	const project = await copyProject(t);
	const newWorkflow = async (...commandLine: string[]) => {
		const { process, output } = runProgram('src/deploy/new-workflow.ts', commandLine, {}, project);
		return { code: await exitCode(process), output: output() };
	};

	await t.test('creates a workflow that runs without changes', async (t) => {
		t.match(await newWorkflow('send-invoice'), { code: 0, output: /src\/workflows\/send-invoice/ });
		t.match(await readFile(join(project, 'openapi/openapi.json'), 'utf8'), /NewSendInvoiceTask/);
		const stack = await startChildStack(t, { PORT: '0', DATA_DIR: `.data/${ODD_NAME}` }, project);
		const body = await readFile(join(project, 'src/workflows/send-invoice/examples/first.json'), 'utf8');
		const accepted = await fetch(`${stack.url}/v1/tasks`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body,
		});
		t.equal(accepted.status, 202);
		let task = Object(await accepted.json());
		while (['PENDING', 'RUNNING'].includes(task.status)) {
			task = Object(await (await fetch(`${stack.url}/v1/tasks/${task.task_id}`)).json());
		}
		t.match(task, { status: 'SUCCEEDED', result: { text: 'hello' } });
		stack.process.kill('SIGTERM');
		await exitCode(stack.process);
	});

	await t.test('accepts data above 200 KiB with largeData: true, and returns it by URL', async (t) => {
		const folder = join(project, 'src/workflows/send-invoice');
		const edit = async (file: string, change: (text: string) => string) =>
			writeFile(join(folder, file), change(await readFile(join(folder, file), 'utf8')));
		const pages = 'text: Type.Array(Type.String())';
		await edit('workflow.ts', (text) =>
			text
				.replaceAll(/text: Type\.String\([^)]*\)/g, pages)
				.replace('expectedSeconds', 'largeData: true,\n\texpectedSeconds'),
		);
		await edit('steps.ts', (text) =>
			text
				.replace(
					/^/,
					`import * as Type from 'typebox';
import { createClaimStore } from '../../aws/output-bucket.ts';
import { parseConfig } from '../../config.ts';
`,
				)
				.replace(
					'({ dependencies: {} })',
					`({
			dependencies: {},
			claims: createClaimStore(parseConfig(Type.Object({ OUTPUT_BUCKET: Type.String() })).OUTPUT_BUCKET),
		})`,
				),
		);
		const stack = await startChildStack(t, { PORT: '0' }, project);
		const text = Array.from({ length: 10 }, (_, index) => String(index).repeat(100_000));
		const post = (body: object) =>
			fetch(`${stack.url}/v1/tasks`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', prefer: 'wait=20' },
				body: JSON.stringify(body),
			});
		const finished = await post({ type: 'send-invoice', data: { text } });
		const task = Object(await finished.json());
		t.match(task, { status: 'SUCCEEDED', result: undefined, links: { result: String } }, stack.output());
		t.strictSame(await (await fetch(`${stack.url}${task.links.result}`)).json(), { text });
		stack.process.kill('SIGTERM');
		await exitCode(stack.process);
	});

	await t.test('rejects an invalid or existing name with one line', async (t) => {
		t.match(await newWorkflow('Send_Invoice'), {
			code: 1,
			output: /^Invalid workflow name "Send_Invoice".*\n$/,
		});
		t.match(await newWorkflow('../x'), { code: 1 });
		t.match(await newWorkflow('send-invoice'), {
			code: 1,
			output: 'The workflow "send-invoice" already exists.\n',
		});
		t.match(await newWorkflow('--help'), { code: 0, output: /npm run new-workflow <name>/ });
		t.match(await newWorkflow(), { code: 1, output: /npm run new-workflow <name>/ });
	});

	await t.test(
		'a definition that is invalid JSON or an invalid state machine prints one line and exits with 1',
		async (t) => {
			const definition = join(project, 'src/workflows/send-invoice/definition.asl.json');
			const start = async (text: string) => {
				await writeFile(definition, text);
				const { process, output } = runProgram('src/local/start.ts', [], { PORT: '0' }, project);
				return { code: await exitCode(process), output: output() };
			};
			const valid = JSON.parse(await readFile(definition, 'utf8'));
			t.match(await start('{'), {
				code: 1,
				output: /\n.*definition\.asl\.json.* is not a state machine definition: .*\n$/,
			});
			const lost = { ...valid, StartAt: 'Nowhere' };
			t.match(await start(JSON.stringify(lost)), {
				code: 1,
				output: /\nSendInvoiceStateMachine .*Nowhere at \/StartAt.*\n$/,
			});
		},
	);
});

test('npm run dev', async (t) => {
	const project = await copyProject(t);
	const child = runProgram('src/local/start.ts', ['--watch'], { PORT: '0' }, project);
	t.teardown(() => child.process.kill('SIGKILL'));
	const printed = async (pattern: RegExp) => {
		const match = await pollUntil(`"${pattern.source}"`, () => pattern.exec(child.output()) ?? undefined);
		return match[1] ?? '';
	};
	const url = await printed(/API +(http:\S+)\/v1/);
	t.match(await (await fetch(`${url}/v1/health`)).json(), { status: 'ok' });
	const route = join(project, 'src/http/routes/get-health.ts');
	await writeFile(route, (await readFile(route, 'utf8')).replaceAll("'ok'", "'changed'"));
	await printed(/(reloaded)/);
	t.match(await (await fetch(`${url}/v1/health`)).json(), { status: 'changed' });

	await writeFile(route, 'export const');
	await printed(/(Build failed)/);
	t.match(
		await (await fetch(`${url}/v1/health`)).json(),
		{ status: 'changed' },
		'the previous build keeps serving',
	);

	child.process.kill('SIGTERM');
	t.equal(await exitCode(child.process), 0);
	await rm(project, { recursive: true, force: true });
});

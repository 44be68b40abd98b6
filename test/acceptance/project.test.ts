import { readFile, rename, rm, writeFile } from 'node:fs/promises';
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
		const { task_id } = Object(await accepted.json());
		const task = await pollUntil('the end of the task', async () => {
			const found = Object(await (await fetch(`${stack.url}/v1/tasks/${task_id}`)).json());
			return ['PENDING', 'RUNNING'].includes(found.status) ? undefined : found;
		});
		t.match(task, { status: 'SUCCEEDED', result: { text: 'hello' } });
		stack.process.kill('SIGTERM');
		await exitCode(stack.process);
	});

	await t.test('fails a task whose result does not match its schema, and offers only a rerun', async (t) => {
		const steps = join(project, 'src/workflows/send-invoice/steps.ts');
		const source = await readFile(steps, 'utf8');
		await writeFile(steps, source.replace('return { text };', 'return { text: text.length };'));
		const stack = await startChildStack(t, { PORT: '0' }, project);
		const post = (path: string, body?: object) =>
			fetch(`${stack.url}${path}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', prefer: 'wait=20' },
				body: JSON.stringify(body),
			});
		const created = await post('/v1/tasks', { type: 'send-invoice', data: { text: 'hello' } });
		const task = Object(await created.json());
		t.match(task, {
			status: 'FAILED',
			result: undefined,
			error: {
				code: 'ResultInvalid',
				message: 'The result does not match the schema of its task type at /text: must be string.',
			},
			links: { redrive: undefined, result: undefined, rerun: String },
		});
		t.equal((await post(`${task.links.self}/redrive`)).status, 409);
		t.equal((await post(task.links.rerun)).status, 202);
		stack.process.kill('SIGTERM');
		await exitCode(stack.process);
		await writeFile(steps, source);
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
			const { Work } = valid.States;
			const wrong = { ...valid, States: { Work: { ...Work, Output: { text: 3 } } } };
			t.match(await start(JSON.stringify(wrong, null, 2)), {
				code: 1,
				output:
					/\n.*definition\.asl\.json:\d+:\d+: the state "Work" ends with an output .* at \/text: must be array\.\n$/,
			});
			const lost = { ...valid, StartAt: 'Nowhere' };
			t.match(await start(JSON.stringify(lost)), {
				code: 1,
				output: /\n.*definition\.asl\.json:\d+:\d+: Missing 'StartAt' target: Nowhere at \/StartAt\n/,
			});
		},
	);
});

test('npm run dev', async (t) => {
	const project = await copyProject(t);
	const child = runProgram('src/local/start.ts', ['--watch'], { PORT: '0' }, project);
	t.teardown(() => child.process.kill('SIGKILL'));
	let seen = 0;
	/** Waits for a line after those that earlier calls have found. Returns its first group. */
	const printed = async (pattern: RegExp) => {
		const match = await pollUntil(
			`"${pattern.source}"`,
			() => pattern.exec(child.output().slice(seen)) ?? undefined,
		);
		seen += match.index + match[0].length;
		return match[1] ?? '';
	};
	const path = (file: string) => join(project, 'src', file);
	/** Replaces text by writing a new file over the old one, as editors do. */
	const edit = async (file: string, change: (text: string) => string) => {
		await writeFile(path(`${file}.tmp`), change(await readFile(path(file), 'utf8')));
		await rename(path(`${file}.tmp`), path(file));
	};
	const url = await printed(/API +(http:\S+)\/v1/);
	const run = async (type: string, data: object) => {
		const response = await fetch(`${url}/v1/tasks`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', prefer: 'wait=20' },
			body: JSON.stringify({ type, data }),
		});
		return Object(await response.json());
	};
	const health = async () => (await fetch(`${url}/v1/health`)).json();
	const buildErrors = async () => Object(await (await fetch(`${url}/_local/build`)).json()).errors;

	await t.test('applies a changed route', async (t) => {
		t.match(await health(), { status: 'ok' });
		await edit('http/routes/get-health.ts', (text) => text.replaceAll("'ok'", "'changed'"));
		// The names in a minified bundle depend on modules that it leaves out, so other bundles may change with the route.
		await printed(/reloaded .*\bapi\b.* in \d+ ms/);
		t.match(await health(), { status: 'changed' });
	});

	await t.test('reloads only the function whose step has changed', async (t) => {
		await edit('workflows/greeting/steps.ts', (text) => text.replaceAll('Hello ', 'Welcome '));
		await printed(/reloaded greeting-steps in \d+ ms/);
		t.match(await run('greeting', { name: 'Ada' }), { result: { message: 'Welcome Ada' } });
	});

	await t.test('reports a file that does not compile, and serves the former build', async (t) => {
		await edit('http/routes/get-health.ts', (text) => `${text}export const`);
		await printed(/Not reloaded: [^]*src\/http\/routes\/get-health\.ts:\d+:\d+: ERROR/);
		t.match(await health(), { status: 'changed' });
		t.match(await buildErrors(), [/get-health\.ts:\d+:\d+: ERROR/]);
		await edit('http/routes/get-health.ts', (text) => text.replace(/export const$/, ''));
		await pollUntil('no error', async () => (await buildErrors()).length === 0 || undefined);
	});

	await t.test('applies a changed definition, and reports an invalid one with its place', async (t) => {
		const definition = 'workflows/greeting/definition.asl.json';
		await edit(definition, (text) => text.replace('"StartAt": "', '"StartAt": "Nowhere'));
		await printed(
			/Not reloaded: src\/workflows\/greeting\/definition\.asl\.json:\d+:\d+: Missing 'StartAt' target/,
		);
		t.match(await run('greeting', { name: 'Ada' }), { status: 'SUCCEEDED' });
		const ends = {
			QueryLanguage: 'JSONata',
			TimeoutSeconds: 60,
			StartAt: 'End',
			States: { End: { Type: 'Fail', Error: 'SlackRefusedError' } },
		};
		await edit('workflows/greeting/steps.ts', (text) =>
			text.replace(/export const steps = /, 'export const steps = {}; export const former = '),
		);
		await edit(definition, () => JSON.stringify(ends));
		await printed(/reloaded .*GreetingStateMachine.* in \d+ ms/);
		t.match(await run('greeting', { name: 'Ada' }), {
			status: 'FAILED',
			error: { code: 'SlackRefusedError' },
		});
	});

	await t.test('applies a new workflow, its changed schema, and its removal', async (t) => {
		const { process: create } = runProgram('src/deploy/new-workflow.ts', ['send-invoice'], {}, project);
		t.equal(await exitCode(create), 0);
		await printed(/reloaded .*SendInvoiceStateMachine/);
		t.match(await run('send-invoice', { text: 'hello' }), { status: 'SUCCEEDED' });
		await edit('workflows/send-invoice/workflow.ts', (text) =>
			text.replaceAll(/text: Type\.String\([^)]*\)/g, 'text: Type.Number()'),
		);
		await printed(/reloaded .*api/);
		t.match(await run('send-invoice', { text: 'hello' }), { status: 422 });
		await rm(path('workflows/send-invoice'), { recursive: true });
		await printed(/reloaded .*SendInvoiceStateMachine/);
		t.match(await run('send-invoice', { text: 'hello' }), { status: 422 });
	});

	child.process.kill('SIGTERM');
	t.equal(await exitCode(child.process), 0);
	await rm(project, { recursive: true, force: true });
});

import { type Test, test } from 'tap';
import { createLambda } from '../../../src/local-aws/lambda/lambda.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { pollUntil } from '../../support/poll.ts';

interface Bundle {
	readonly code: string;
	readonly timeoutMs?: number;
	readonly memoryMb?: number;
}

function setup(t: Test, bundles: Readonly<Record<string, Bundle>>) {
	const projectDir = t.testdir(
		Object.fromEntries(Object.entries(bundles).map(([name, { code }]) => [name, { 'index.mjs': code }])),
	);
	const lines: string[] = [];
	const clock = createManualClock(Date.now());
	let ids = 0;
	const lambda = createLambda({
		projectDir,
		region: 'eu-west-1',
		clock,
		newId: () => `request-${++ids}`,
		log: ({ functionName, text }) => lines.push(`${functionName}: ${text}`),
	});
	for (const [name, { timeoutMs = 3000, memoryMb = 128 }] of Object.entries(bundles)) {
		lambda.define({
			name,
			arn: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`,
			handler: `${name}/index.handler`,
			timeoutMs,
			memoryMb,
			environment: { OWN: 'value' },
		});
	}
	t.teardown(() => lambda.close());
	const invoke = async (name: string, event: unknown = {}) => {
		const { ok, payload } = await lambda.invoke(name, JSON.stringify(event));
		return { ok, payload: JSON.parse(payload) };
	};
	return { lambda, invoke, clock, lines };
}

test('an invocation is aborted when its caller disconnects', async (t) => {
	const code = `export const handler = (event, { signal }) => new Promise((resolve) => {
		console.log('begun');
		signal.addEventListener('abort', () => { console.log('aborted'); resolve(); });
	});`;
	const { lambda, lines } = setup(t, { wait: { code } });
	const printed = (line: string) =>
		pollUntil(`the line "${line}"`, () => lines.includes(`wait: ${line}`) || undefined);
	const caller = new AbortController();
	const answer = lambda.invoke('wait', '{}', caller.signal);
	await printed('begun');
	caller.abort();
	t.match(await answer, { ok: false, payload: /Aborted/ });
	await printed('aborted');
	lines.length = 0;
	t.match(await lambda.invoke('wait', '{}', caller.signal), { ok: false, payload: /Aborted/ });
	t.strictSame(lines, [], 'without a caller the handler does not begin');
});

test('a function receives its event, its context and its own environment', async (t) => {
	process.env['OF_THE_PARENT'] = 'secret';
	const code = `export const handler = async (event, context) => {
		console.log('hello from', context.functionName);
		return { event, context: { ...context, left: context.getRemainingTimeInMillis() > 0 }, env: process.env };
	};`;
	const { invoke, lines } = setup(t, { show: { code } });
	const { payload } = await invoke('arn:aws:lambda:eu-west-1:123456789012:function:show:alias', { a: [1] });
	t.match(payload, {
		event: { a: [1] },
		context: {
			functionName: 'show',
			functionVersion: '$LATEST',
			memoryLimitInMB: '128',
			awsRequestId: 'request-1',
			left: true,
		},
		env: {
			OWN: 'value',
			AWS_REGION: 'eu-west-1',
			AWS_LAMBDA_FUNCTION_NAME: 'show',
			_HANDLER: 'show/index.handler',
		},
	});
	t.notOk('OF_THE_PARENT' in payload.env);
	// The output of a worker arrives independently of its result.
	await pollUntil('the output', () => lines.length > 0 || undefined);
	t.strictSame(lines, ['show: hello from show']);
});

test('one worker serves many invocations and keeps module state', async (t) => {
	const { invoke } = setup(t, { count: { code: 'let n = 0; export const handler = async () => ++n;' } });
	const counted = await Promise.all(Array.from({ length: 100 }, () => invoke('count')));
	t.strictSame(
		counted.map(({ payload }) => payload).toSorted((a, b) => a - b),
		Array.from({ length: 100 }, (_, index) => index + 1),
	);
});

test('errors have Lambda’s form', async (t) => {
	const { invoke, lambda } = setup(t, {
		throws: {
			code: "export const handler = async () => { throw Object.assign(new Error('why'), { name: 'Busy' }); };",
		},
		empty: { code: 'export const other = 1;' },
		broken: { code: 'export const handler = async () => {' },
		lost: { code: "import 'not-there'; export const handler = async () => 1;" },
		nothing: { code: 'export const handler = async () => undefined;' },
	});
	t.match(await invoke('throws'), {
		ok: false,
		payload: { errorType: 'Busy', errorMessage: 'why', trace: Array },
	});
	t.match(await invoke('empty'), { ok: false, payload: { errorType: 'Runtime.HandlerNotFound' } });
	t.match(await invoke('broken'), { ok: false, payload: { errorType: 'Runtime.UserCodeSyntaxError' } });
	t.match(await invoke('lost'), { ok: false, payload: { errorMessage: /not-there/ } });
	t.match(await invoke('nothing'), { ok: true, payload: null });
	await t.rejects(invoke('unknown'), { name: 'ResourceNotFoundException' });
	await t.rejects(lambda.invoke('throws', JSON.stringify('x'.repeat(6 * 1024 * 1024))), {
		name: 'RequestTooLargeException',
	});
	t.throws(
		() =>
			lambda.define({
				name: 'x',
				arn: 'x',
				handler: 'nowhere/index.handler',
				timeoutMs: 1,
				memoryMb: 128,
				environment: {},
			}),
		{
			message: /The code of function x is missing: .*nowhere\/index\.mjs, \.js or \.cjs\./,
		},
	);
});

test('a crash fails its invocation, and the next one gets a new worker', async (t) => {
	const code = (how: string) => ({
		code: `export const handler = async (event) => { if (event.crash) ${how}; return 'fine'; };`,
	});
	const { invoke } = setup(t, {
		exits: code('process.exit(3)'),
		rejects: code("await new Promise(() => { Promise.reject(new Error('unhandled')); })"),
		throws: code("await new Promise(() => { setImmediate(() => { throw new Error('uncaught'); }); })"),
	});
	for (const name of ['exits', 'rejects', 'throws']) {
		t.match(
			await invoke(name, { crash: true }),
			{ ok: false, payload: { errorType: 'Runtime.ExitError' } },
			name,
		);
		t.match(await invoke(name), { ok: true, payload: 'fine' }, name);
	}
});

test('memory is limited', async (t) => {
	const code =
		"export const handler = async (event) => { const all = []; while (event.greedy) all.push(new Array(100_000).fill(1)); return 'fine'; };";
	const { invoke } = setup(t, { greedy: { code, memoryMb: 32 } });
	t.match(await invoke('greedy', { greedy: true }), {
		ok: false,
		payload: { errorType: 'Runtime.ExitError' },
	});
	t.match(await invoke('greedy'), { ok: true, payload: 'fine' });
});

test('a timeout ends one invocation, not others on the same worker', async (t) => {
	const code = `const waiting = [];
		export const handler = async (event) => {
			if (event.kind === 'release') return waiting.splice(0).forEach((go) => go());
			if (event.kind === 'busy') for (;;);
			await new Promise((go) => event.kind === 'wait' ? waiting.push(go) : undefined);
			return event.kind;
		};`;
	const { lambda, invoke, clock } = setup(t, { slow: { code, timeoutMs: 3000 } });
	const late = invoke('slow', { kind: 'never' });
	await clock.advance(2000);
	const waiting = invoke('slow', { kind: 'wait' });
	await clock.advance(1000);
	t.match(await late, {
		ok: false,
		payload: {
			errorType: 'Sandbox.Timedout',
			errorMessage: /^RequestId: request-1 Error: Task timed out after 3\.00 seconds$/,
		},
	});
	t.match(await invoke('slow', { kind: 'release' }), { ok: true }, 'on a fresh worker');
	await clock.advance(2000);
	t.match(await waiting, { ok: false, payload: { errorType: 'Sandbox.Timedout' } });
	const busy = lambda.invoke('slow', '{"kind":"busy"}');
	await clock.advance(3000);
	t.match(JSON.parse((await busy).payload), { errorType: 'Sandbox.Timedout' });
	t.match(await invoke('slow', { kind: 'release' }), { ok: true });
});

test('new bundles and settings apply to the next invocation', async (t) => {
	const { lambda, invoke } = setup(t, {
		env: { code: 'export const handler = async () => process.env.OWN;' },
	});
	t.match(await invoke('env'), { payload: 'value' });
	lambda.configure('env', { OWN: 'changed' });
	t.match(await invoke('env'), { payload: 'changed' });
});

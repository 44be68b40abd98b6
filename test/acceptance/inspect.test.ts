import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { decode } from '@jridgewell/sourcemap-codec';
import { test } from 'tap';
import { startChildStack } from '../support/child-stack.ts';
import { pollUntil } from '../support/poll.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const BUNDLE = resolve(PROJECT, '.build/greeting-steps/function.cjs');

/** Finds the place in the bundle of a line in the source, as a debugger does with the source map. */
function placeInBundle(source: string, text: string): { lineNumber: number; columnNumber: number } {
	const lines = readFileSync(resolve(PROJECT, source), 'utf8').split('\n');
	const wanted = lines.findIndex((line) => line.includes(text));
	const { sources, mappings }: { sources: string[]; mappings: string } = JSON.parse(
		readFileSync(`${BUNDLE}.map`, 'utf8'),
	);
	const index = sources.findIndex((each) => each.endsWith(source));
	for (const [lineNumber, segments] of decode(mappings).entries())
		for (const [columnNumber, from, line] of segments)
			if (from === index && line === wanted) return { lineNumber, columnNumber };
	throw new Error(`${source} has no code with "${text}".`);
}

/** A connection to the inspector, and through it to the worker threads. */
async function connect(url: string) {
	const socket = new WebSocket(url);
	const received: { method?: string; params: Record<string, unknown>; sessionId?: unknown }[] = [];
	socket.addEventListener('message', ({ data }) => {
		const message = JSON.parse(String(data));
		if (message.method !== 'NodeWorker.receivedMessageFromWorker') return void received.push(message);
		received.push({ ...JSON.parse(message.params.message), sessionId: message.params.sessionId });
	});
	await new Promise((opened) => socket.addEventListener('open', opened));
	let id = 0;
	const send = (method: string, params: object = {}) =>
		socket.send(JSON.stringify({ id: ++id, method, params }));
	return {
		send,
		sendToWorker: (sessionId: unknown, method: string, params: object = {}) =>
			send('NodeWorker.sendMessageToWorker', {
				sessionId,
				message: JSON.stringify({ id: ++id, method, params }),
			}),
		event: (method: string, isWanted: (params: Record<string, unknown>) => boolean = () => true) =>
			pollUntil(method, () => received.find((each) => each.method === method && isWanted(each.params))),
		close: () => socket.close(),
	};
}

test('npm run dev -- --inspect: a breakpoint in a step stops in its worker', async (t) => {
	const stack = await startChildStack(t, { PORT: '0', INSPECT_PORT: '0' }, undefined, ['--inspect']);
	const inspector = await connect(/Debugger listening on (ws:\S+)/.exec(stack.output())?.[1] ?? '');
	t.teardown(() => inspector.close());
	const greet = async () => {
		const response = await fetch(`${stack.url}/v1/tasks`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', prefer: 'wait=25' },
			body: JSON.stringify({ type: 'greeting', data: { name: 'Ada' } }),
		});
		return Object(await response.json());
	};
	t.match(await greet(), { status: 'SUCCEEDED' }, 'the worker of the steps is running');

	inspector.send('NodeWorker.enable', { waitForDebuggerOnStart: false });
	await inspector.event('NodeWorker.attachedToWorker');
	let script: { readonly sessionId?: unknown; readonly params: Record<string, unknown> } | undefined;
	const attached = new Set<unknown>();
	await pollUntil('the bundle of the steps', async () => {
		const { params } = await inspector.event(
			'NodeWorker.attachedToWorker',
			(each) => !attached.has(each['sessionId']),
		);
		attached.add(params['sessionId']);
		inspector.sendToWorker(params['sessionId'], 'Debugger.enable');
		return attached.size < 4 ? undefined : true;
	});
	script = await inspector.event('Debugger.scriptParsed', ({ url }) => String(url).endsWith(BUNDLE));
	t.equal(script.params['sourceMapURL'], 'function.cjs.map');
	const place = placeInBundle('src/workflows/greeting/steps.ts', 'const name = input.name.trim()');
	inspector.sendToWorker(script.sessionId, 'Debugger.setBreakpoint', {
		location: { scriptId: script.params['scriptId'], ...place },
	});

	const task = greet();
	const { params } = await inspector.event('Debugger.paused');
	const [frame] = Object(params['callFrames']);
	t.equal(frame.location.lineNumber, place.lineNumber);
	inspector.sendToWorker(script.sessionId, 'Debugger.resume');
	t.match(await task, { status: 'SUCCEEDED' });
});

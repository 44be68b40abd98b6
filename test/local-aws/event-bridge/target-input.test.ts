import t from 'tap';
import { buildEventBridge, EVENT, RULE_ARN } from './build-event-bridge.ts';

/** Returns target settings with an InputTransformer. */
const transform = (InputTemplate: string, InputPathsMap: Readonly<Record<string, string>> = {}) => ({
	InputTransformer: { InputTemplate, InputPathsMap },
});

t.test('Input, InputPath and InputTransformer define the payload', async (t) => {
	const status = { status: '$.detail.status' };
	const rows: readonly (readonly [target: object, payload: string])[] = [
		[{ Input: '{"a": 1}' }, '{"a": 1}'],
		[{ InputPath: '$.detail.parts[1].id' }, '"b"'],
		[{ InputPath: "$['detail-type']" }, '"Status Change"'],
		[{ InputPath: '$.detail.parts[*].id' }, '["a","b"]'],
		[{ InputPath: '$.detail.none' }, 'null'],
		[transform('{"is": <status>, "n": <n>}', { ...status, n: '$.detail.count' }), '{"is":"SUCCEEDED","n":3}'],
		[transform('{"all": <r>}', { r: '$.resources' }), '{"all":["arn:one","arn:two"]}'],
		[transform('{"a": <none>, "b": [1]}', { none: '$.detail.none' }), '{"b":[1]}'],
		[
			transform('{"text": "is <status>: <q>"}', { ...status, q: '$.detail.quote' }),
			'{"text":"is SUCCEEDED: say \\"hi\\""}',
		],
		[transform('{"text": "<n> <none>."}', { n: '$.detail.count', none: '$.none' }), '{"text":"3 ."}'],
		[transform('"it is <status>"', status), '"it is SUCCEEDED"'],
		[transform('it is <status>', status), 'it is SUCCEEDED'],
		[transform('"one <status>"\n"two"', status), '"one SUCCEEDED"\n"two"'],
		[
			transform('{"rule": <aws.events.rule-arn>, "name": "<aws.events.rule-name>"}'),
			`{"rule":"${RULE_ARN}","name":"status"}`,
		],
		[transform('{"at": <aws.events.event.ingestion-time>}'), '{"at":"2026-01-01T00:00:00.000Z"}'],
		[transform('{"event": <aws.events.event.json>}'), JSON.stringify({ event: EVENT })],
	];
	for (const [target, payload] of rows) {
		const { route, publish, delivered } = buildEventBridge();
		await route({ ...target });
		await publish(EVENT);
		t.equal(delivered[0]?.payload, payload, JSON.stringify(target));
	}
	const { route, publish, delivered } = buildEventBridge();
	await route(transform('<aws.events.event>'));
	await publish(EVENT);
	const { detail: _, ...withoutDetail } = EVENT;
	t.strictSame(JSON.parse(delivered[0]?.payload ?? ''), withoutDetail);
});

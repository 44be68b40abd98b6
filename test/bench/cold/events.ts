import { httpEvent } from '../../../src/deploy/code-cache/warm-up-events.ts';

/** A POST, a GET and a POST that is refused. */
export const API_EVENTS = [
	httpEvent('POST', '/v1/tasks', '{"type":"greeting","data":{"name":"Ada"}}'),
	httpEvent('GET', '/v1/tasks/019b76da-e095-7290-a95a-000000000001'),
	httpEvent('POST', '/v1/tasks', '{"type":"greeting","data":{"name":7}}'),
];

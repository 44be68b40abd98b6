import { CANNED_TASK_ID } from '../../../src/deploy/start-fast/canned-aws.ts';
import { httpEvent } from '../../../src/deploy/start-fast/http-event.ts';

/** A POST, a GET and a POST that is refused. */
export const API_EVENTS = [
	httpEvent('POST', '/v1/tasks', '{"type":"greeting","data":{"name":"Ada"}}'),
	httpEvent('GET', `/v1/tasks/${CANNED_TASK_ID}`),
	httpEvent('POST', '/v1/tasks', '{"type":"greeting","data":{"name":7}}'),
];

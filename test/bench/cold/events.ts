import { CANNED_TASK_ID } from '../../../src/deploy/start-fast/canned-aws.ts';
import { httpEvent } from '../../../src/deploy/start-fast/http-event.ts';

export const POST = httpEvent('POST', '/v1/tasks', '{"type":"greeting","data":{"name":"Ada"}}');
export const GET = httpEvent('GET', `/v1/tasks/${CANNED_TASK_ID}`);
export const BAD_POST = httpEvent('POST', '/v1/tasks', '{"type":"greeting","data":{"name":7}}');

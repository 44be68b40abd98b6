import * as Type from 'typebox';
import { parseJson } from '../parse.ts';
import { publicError } from '../tasks/public-error.ts';
import type { ExecutionReport } from '../tasks/transition.ts';
import type { ExecutionSnapshot } from './execution-client.ts';

/** What a snapshot says of the task. */
export function executionReport(snapshot: ExecutionSnapshot): ExecutionReport {
	const { status, redriveCount, startedAtMs, redrivenAtMs, stoppedAtMs, output } = snapshot;
	return {
		status,
		redriveCount,
		startedAtMs,
		...(redrivenAtMs === undefined ? {} : { redrivenAtMs }),
		...(stoppedAtMs === undefined ? {} : { stoppedAtMs }),
		...(output === undefined ? {} : { result: parseJson(Type.Unknown(), output, 'execution output') }),
		...(status === 'RUNNING' || status === 'SUCCEEDED' ? {} : { error: publicError(snapshot) }),
	};
}

/** A condition, a check or an order of steps that a promise hangs on, and how the code reads without it. */
export interface Guard {
	readonly name: string;
	readonly file: string;
	/** Stands once in the file. */
	readonly code: string;
	readonly without: string;
	/** What must go red without it: a test file, or the seeds of the simulation. */
	readonly killer: string;
}

export const SIMULATION = 'simulation';

/** The guards of one file that one killer watches: by name, the code and what it reads like without. */
function guardsOf(
	file: string,
	killer: string,
	guards: Readonly<Record<string, readonly [code: string, without: string]>>,
): Guard[] {
	return Object.entries(guards).map(([name, [code, without]]) => ({ name, file, killer, code, without }));
}

/** A condition that DynamoDB takes and that always holds; one without its values would be refused for that. */
const either = (condition: string) => `(${condition} OR NOT ${condition})`;

export const GUARDS: readonly Guard[] = [
	...guardsOf('src/tasks/transition.ts', SIMULATION, {
		'a status never goes back': ['if (mirrored.statusOrder <= task.statusOrder) return undefined;', ''],
		'a redrive comes after what was before it': ['return redriveCount * 4 + (isT', 'return (isT'],
		'a report removes what it does not set': [
			'for (const member of clearedMembers(mirrored)) delete next[member];',
			'',
		],
	}),
	...guardsOf('src/tasks/transition.ts', 'test/executions/reconciler.test.ts', {
		'what Step Functions says counts for more than a presumed end': [
			'isInferred ? inferredEndOrder(redriveCount) : statusOrder(status, redriveCount)',
			'statusOrder(status, redriveCount)',
		],
		'a presumed end is looked at again': [
			'...(isInferred ? { checkAtMs: firstCheckMs(finishedAtMs) } : {}),',
			'',
		],
	}),
	...guardsOf('src/tasks/transition.ts', 'test/http/idempotency.test.ts', {
		'a keyed row lives for a day': ['isKeyed(task.taskId) ? ', 'false ? '],
	}),
	...guardsOf('src/tasks/task.ts', 'test/http/task-operations.test.ts', {
		'a redrive begins without the cancel of before': [
			' && task.cancelRequestedRedrive === task.redriveCount',
			'',
		],
	}),
	...guardsOf('src/tasks/create-task.ts', SIMULATION, {
		'a key that has made another task makes none': [
			"if (row.fingerprint !== task.fingerprint) return { kind: 'conflict' };\n\t\treturn",
			'return',
		],
		'only who has written the row publishes': [
			'if (outcome.task.createdAtMs !== task.createdAtMs) return outcome;',
			'',
		],
		'the row is there before its message': [
			'const allowance = await',
			'await publisher.publish(taskMessage(task), undefined);\n\t\tconst allowance = await',
		],
	}),
	...guardsOf('src/tasks/create-task.ts', 'test/tasks/create-task.test.ts', {
		'an expired row is none': [
			'if (row === undefined || isExpired(row, now())) continue;',
			'if (row === undefined) continue;',
		],
		'nothing above the limit is accepted': [
			"if (large && request.largeData !== true) return { kind: 'tooLarge' };",
			'',
		],
	}),
	...guardsOf('src/tasks/create-task.ts', 'test/http/app.test.ts', {
		'a publish that fails does not fail the request': [
			"log.error('task accepted but not published', { task_id: task.taskId, error });",
			'throw error;',
		],
	}),
	...guardsOf('src/tasks/create-task.ts', 'test/http/idempotency.test.ts', {
		'who repeats is not limited': [
			'task.fingerprint === undefined ? undefined : await store.get(task);\n\tif',
			'undefined;\n\tif',
		],
	}),
	...guardsOf('src/tasks/get-task.ts', SIMULATION, {
		'an expired task is not served': ["isExpired(task, now()) ? { kind: 'expired' } : ", ''],
	}),
	...guardsOf('src/tasks/cancel-task.ts', 'test/http/task-operations.test.ts', {
		'Step Functions is asked for the end': ['await executions.stop(task, reason);', ''],
		'an expired task is not cancelled': ["if (isExpired(found, now())) return { kind: 'expired' };", ''],
	}),
	...guardsOf('src/tasks/cancel-task.ts', SIMULATION, {
		'the request stands in the row before anybody is asked': [
			'const task = isCancelRequested(found) ? found : await store.requestCancel(found, now());',
			'const task = found;',
		],
	}),
	...guardsOf('src/tasks/redrive-task.ts', SIMULATION, {
		'a redrive under way is looked at': [
			'checkAtMs: firstCheckMs(now())',
			'checkAtMs: Number.MAX_SAFE_INTEGER',
		],
	}),
	...guardsOf('src/tasks/redrive-task.ts', 'test/http/task-operations.test.ts', {
		'an expired task is not redriven': ["if (isExpired(task, now())) return { kind: 'expired' };", ''],
		'what has succeeded is not redriven': ["if (!isRedrivable(task)) return { kind: 'notRedrivable' };", ''],
	}),
	...guardsOf('src/tasks/callback-store.ts', 'test/tasks/callbacks.test.ts', {
		'of two writes at once one is made': [
			'if (await store.swap(found, change.next))',
			'if ((await store.swap(found, change.next)) || true)',
		],
	}),
	...guardsOf('src/tasks/answer-callback.ts', 'test/tasks/callbacks.test.ts', {
		'an answer whose function died is handed on by the next': [
			'await handOn(dependencies, claim)',
			'await Promise.resolve()',
		],
		'the first answer counts': ['if (answer === undefined) {\n', 'if (true) {\n'],
		'an answer after the end is late': [
			'if (closedAtMs !== undefined || deadlineAtMs <= nowMs)',
			'if (deadlineAtMs <= nowMs)',
		],
		'an answer after its time is late': [
			'if (closedAtMs !== undefined || deadlineAtMs <= nowMs)',
			'if (closedAtMs !== undefined)',
		],
		'an answer that was not handed on can be given again': [
			'await dependencies.callbacks.swap(delivery.callback, unanswered);',
			'',
		],
		'who took an answer that another handed on is not told that it is late': [
			'if (isOurs && (found.deliveredAtMs !== undefined || found.helpedAtMs !== undefined))',
			'if (false)',
		],
	}),
	...guardsOf('src/tasks/callback.ts', 'test/tasks/callbacks.test.ts', {
		'a key is free once its task has its answer': ['return isAnswered || ', 'return '],
		'a key is free once its task has ended': [
			'closedAtMs !== undefined || deadlineAtMs <= nowMs',
			'deadlineAtMs <= nowMs',
		],
		'an answer is its own creation’s': ['callback.taskId === task.taskId &&', ''],
		'an answer that came early is its task’s until that ends': [
			'token !== undefined && deliveredAtMs',
			'deliveredAtMs',
		],
	}),
	...guardsOf('src/tasks/await-callback.ts', 'test/tasks/callbacks.test.ts', {
		'a key that another task has is not announced': [
			"if (found !== undefined && !isFree(found, now())) return { outcome: 'in-use' };",
			'',
		],
		'a key that another task has is not waited for': [
			"isFree(found, now()) ? undefined : 'in-use'",
			'undefined',
		],
		'a task ends no other’s wait': ['!isOfTask(found, task) || found.closedAtMs', 'found.closedAtMs'],
		'an answer that has made an earlier wait go on is none for the next': [
			'return isSpent ? undefined : found.answer;',
			'return found.answer;',
		],
		'a step that died with an early answer finds it again': [
			'next: { ...untokened,',
			'next: { ...found, token,',
		],
	}),
	...guardsOf('src/executions/starter.ts', SIMULATION, {
		'nothing is begun for a task that is over': [
			'if (now() - message.created_at_ms > YOUNG_MS) {',
			'if (false) {',
		],
	}),
	...guardsOf('src/executions/starter.ts', 'test/executions/starter-and-mirror.test.ts', {
		'what was cancelled before it began is stopped': [
			'await executions.stop(task, CANCELLED_BEFORE_START);',
			'',
		],
		'a message of another creation begins nothing': [
			'before?.createdAtMs !== message.created_at_ms || ',
			'before !== undefined && ',
		],
	}),
	...guardsOf('src/executions/sqs-batch.ts', SIMULATION, {
		'a poison record harms no sibling': ['return [{ itemIdentifier: record.messageId }];', 'throw error;'],
	}),
	...guardsOf('src/executions/mirror.ts', 'test/executions/starter-and-mirror.test.ts', {
		'an execution that somebody started by hand is no task’s': ['|| executionName(task) !== detail.name', ''],
		'an event without its input is completed': ["if (typeof input !== 'string') return undefined;", ''],
		'an event without its output is completed': [
			"if (status === 'SUCCEEDED' && typeof output !== 'string') return undefined;",
			'',
		],
		'an execution that nobody knows is not passed over': [
			'if (snapshot === undefined) throw new Error(`Step Functions does not know the execution ${detail.name}.`);',
			'if (snapshot === undefined) return;',
		],
	}),
	...guardsOf('src/executions/apply-report.ts', 'test/executions/starter-and-mirror.test.ts', {
		'the end of a task gives its key up': ['await closeCallback(row, row.callbackKey);', 'undefined;'],
		'what runs though its cancel was asked for is stopped': [
			"await executions.stop(task, 'The task was cancelled by its client.');",
			'',
		],
	}),
	...guardsOf('src/executions/reconciler.ts', SIMULATION, {
		'what never started is published again': [
			'await publisher.publish(taskMessage(task), task.traceparent);',
			'',
		],
		'what has gone quiet is repaired': [
			'await applyReport(task, executionReport(snapshot));',
			'await Promise.resolve();',
		],
		'an end that stands is settled': [
			'await store.settle({ ...task, checkAtMs });',
			'await Promise.resolve();',
		],
	}),
	...guardsOf('src/executions/reconciler.ts', 'test/executions/reconciler.test.ts', {
		'a presumed end of what still runs is not settled': [
			'if (snapshot === undefined || isTerminal(snapshot.status)) await',
			'await',
		],
		'what cannot be looked at does not stand before all others': [
			'await store.postponeCheck(task, checkAtMs);',
			'',
		],
		'Step Functions is asked ten times a second at most': ['if (first > 0) await sleep(1000);', ''],
		'a run has an end': ['await store.due(now(), MOST_A_RUN)', 'await store.due(now(), 1_000_000)'],
		'a look is at a whole millisecond': [
			'Math.floor((nowMs - createdAtMs) / 2)',
			'(nowMs - createdAtMs) / 2',
		],
		'what is seldom news is seldom asked for': [', halfItsAgeMs)', ')'],
	}),
	...guardsOf('src/executions/dead-letters.ts', 'test/executions/reconciler.test.ts', {
		'Step Functions is asked before an end is presumed': [
			'const snapshot = await describe(task);',
			'const snapshot = undefined as Awaited<ReturnType<typeof describe>>;',
		],
		'a dead letter of another creation ends nothing': [
			'row?.createdAtMs !== task.createdAtMs',
			'row === undefined',
		],
		'an end that nobody has told of is presumed': ['isInferred: true,', ''],
	}),
	...guardsOf('src/aws/task-store.ts', 'test/aws/stores.test.ts', {
		'a row is not written over': [
			'attribute_not_exists(pk) OR expires_at',
			'attribute_not_exists(pk) OR attribute_not_exists(expires_at) OR expires_at',
		],
		'an expired row gives way': ['OR expires_at <= :now', 'AND NOT expires_at <= :now'],
		'a report is of this creation': [
			'created_at_ms = :created AND status_order < :order AND NOT expires_at <= :now',
			`${either('created_at_ms = :created')} AND status_order < :order AND NOT expires_at <= :now`,
		],
		'a report is further than the row': [
			'status_order < :order AND NOT expires_at <= :now',
			`${either('status_order < :order')} AND NOT expires_at <= :now`,
		],
		'a report brings no expired row back': [
			'AND NOT expires_at <= :now',
			`AND ${either('expires_at <= :now')}`,
		],
		'a cancel is of what has not ended': ['AND status_order < :end', `AND ${either('status_order < :end')}`],
		'a redrive is of the end that was read': [
			'AND status_order = :order AND expires_at > :now',
			`AND ${either('status_order = :order')} AND expires_at > :now`,
		],
		'a redrive is of a row that has not expired': [
			'AND expires_at > :now',
			`AND ${either('expires_at > :now')}`,
		],
		'what has ended does not wait': [
			"'attribute_not_exists(expires_at)'",
			"'attribute_exists(created_at_ms)'",
		],
		'a look that is not due is not put off': [' AND attribute_exists(open_shard)', ''],
		'only the end that was looked at is settled': [
			'AND status_order = :order AND check_at_ms = :check',
			`AND ${either('status_order = :order')} AND check_at_ms = :check`,
		],
		'a redrive since the look is not settled': [
			'AND check_at_ms = :check',
			`AND ${either('check_at_ms = :check')}`,
		],
	}),
	...guardsOf('src/aws/item-calls.ts', 'test/aws/stores.test.ts', {
		'rows are read as last written': ['ConsistentRead: true', 'ConsistentRead: false'],
	}),
	...guardsOf('src/aws/callback-store.ts', 'test/aws/stores.test.ts', {
		'a callback is swapped for what was there': [
			'notExists(callbackKey) : eq(version, before.version)',
			'notExists(callbackKey) : notExists("x" + version)',
		],
	}),
	...guardsOf('src/aws/progress-reporter.ts', 'test/aws/stores.test.ts', {
		'progress is of this creation': ['eq(row.createdAtMs, createdAtMs),', ''],
		'progress is of what runs': ["eq(row.status, 'RUNNING'),", ''],
		'progress comes once a second': ['`NOT ${gt(row.progressAtMs, nowMs - PROGRESS_INTERVAL_MS)}`,', ''],
		'progress never falls': ['`NOT ${gt(row.progress.percent, progress.percent)}`,', ''],
	}),
	...guardsOf('src/aws/acceptance-limit.ts', 'test/aws/stores.test.ts', {
		'the limit holds': [
			"'attribute_not_exists(accepted) OR accepted < :limit'",
			"'attribute_not_exists(accepted) OR accepted <> :limit OR accepted = :limit'",
		],
	}),
	...guardsOf('src/http/lists/cursors.ts', 'test/http/task-operations.test.ts', {
		'a cursor is signed': ['given.length !== expected.length || !timingSafeEqual(given, expected)', 'false'],
		'a cursor is of its own list': ['JSON.stringify([position, scope])', 'JSON.stringify([position])'],
	}),
	...guardsOf('src/http/plugins/principal.ts', 'test/http/app.test.ts', {
		'nobody enters without a token': [
			"if (caller === undefined) throw new ProblemError('unauthorized', 'This needs a valid bearer token.');",
			'if (caller === undefined) return;',
		],
		'nobody enters without the scope': ['if (!caller.scopes.includes(access))', 'if (false)'],
	}),
	...guardsOf('src/http/bearer-secret.ts', 'test/http/callbacks.test.ts', {
		'a callback needs its secret': ['timingSafeEqual(digest(given), digest(await readSecret()))', 'true'],
	}),
	...guardsOf('src/http/requests/content-decoding.ts', 'test/http/compression.test.ts', {
		'a bomb is not decoded': ['maxOutputLength: largestBytes,', ''],
	}),
];

/** A condition, a check or an order of steps that a guarantee depends on, and the code without it. */
export interface Guard {
	readonly name: string;
	readonly file: string;
	/** Occurs exactly once in the file. */
	readonly code: string;
	readonly without: string;
	/** The test that must fail without it: a test file, or the simulation. */
	readonly killer: string;
}

/** The killer of a guard that only the simulation detects. */
export const SIMULATION = 'simulation';

/** Returns the guards of one file that one test detects: by name, the code with and without the guard. */
function guardsOf(
	file: string,
	killer: string,
	guards: Readonly<Record<string, readonly [code: string, without: string]>>,
): Guard[] {
	return Object.entries(guards).map(([name, [code, without]]) => ({ name, file, killer, code, without }));
}

/** All guards of the project. */
export const GUARDS: readonly Guard[] = [
	...guardsOf('src/tasks/transition.ts', SIMULATION, {
		'a status never goes back': ['if (mirrored.statusOrder <= task.statusOrder) return undefined;', ''],
		'a redrive comes after what was before it': ['return redriveCount * 4 + (isT', 'return (isT'],
		'a report removes the members that it does not set': [
			'for (const member of clearedMembers(mirrored)) delete next[member];',
			'',
		],
	}),
	...guardsOf('src/tasks/transition.ts', 'test/executions/reconciler.test.ts', {
		'an end of Step Functions overrides an inferred end': [
			'isInferred ? inferredEndOrder(redriveCount) : statusOrder(status, redriveCount)',
			'statusOrder(status, redriveCount)',
		],
		'an inferred end is checked': ['...(isInferred ? { checkAtMs: firstCheckMs(finishedAtMs) } : {}),', ''],
	}),
	...guardsOf('src/tasks/transition.ts', 'test/http/idempotency.test.ts', {
		'a keyed row lives for a day': ['isKeyed(task.taskId) ? ', 'false ? '],
	}),
	...guardsOf('src/tasks/task.ts', 'test/http/task-operations.test.ts', {
		'a redrive ignores an earlier cancel request': [
			' && task.cancelRequestedRedrive === task.redriveCount',
			'',
		],
	}),
	...guardsOf('src/tasks/scheduled-start.ts', 'test/tasks/scheduled-start.test.ts', {
		'a start message is never early': ['Math.ceil(Math.max(0,', 'Math.floor(Math.max(0,'],
		'a message is not delayed for longer than SQS allows': ['if (!isMessageDue(task, nowMs)) return;', ''],
	}),
	...guardsOf('src/tasks/manage-schedules.ts', 'test/tasks/schedules.test.ts', {
		'an entry is written again after a concurrent change': [
			'if (await schedules.confirmEntry(latest))',
			'if ((await schedules.confirmEntry(latest)) || true)',
		],
		'a read repairs the entry of a schedule': [
			'const written = await writeEntry(schedule);\n\t\t\treturn written ===',
			'const written = await Promise.resolve(schedule);\n\t\t\treturn written ===',
		],
		'only the owner deletes an entry': ['if (isRemoved) await entries.remove', 'await entries.remove'],
	}),
	...guardsOf('src/tasks/run-schedule.ts', 'test/tasks/schedules.test.ts', {
		'a paused schedule creates nothing': ['if (!schedule.enabled)', 'if (false)'],
		'an entry without a schedule is removed': ['await entries.remove(time.scheduleId);', ''],
		'a duplicate invocation creates nothing': [', idempotencyKey: runKey(time)', ''],
	}),
	...guardsOf('src/tasks/schedule-times.ts', 'test/tasks/schedule-times.test.ts', {
		'a repeated time runs once': ['timeMs !== undefined && timeMs > afterMs', 'timeMs !== undefined'],
		'a skipped time does not run': ['(timeMs) => timeMs + offset(timeMs) === wallMs,', '() => true,'],
	}),
	...guardsOf('src/tasks/cancel-task.ts', 'test/http/scheduled-start.test.ts', {
		'a task that is about to start is not ended without its execution': [
			'if (!isStartExcluded(task, now()))',
			'if (task.runAtMs === undefined)',
		],
	}),
	...guardsOf('src/executions/starter.ts', 'test/executions/starter.test.ts', {
		'a start message before its time is ignored': [
			"if (isScheduled(task, now() + MAX_EARLY_MS)) return log.warn('ignored start message before its time');",
			'',
		],
	}),
	...guardsOf('src/executions/mirror.ts', 'test/executions/reconciler.test.ts', {
		'an execution of a cancelled task is stopped, though its end is inferred': [
			'if (isTerminal(report.status) || !isInferredEnd(row)) return;',
			'return;',
		],
	}),
	...guardsOf('src/executions/reconciler.ts', 'test/executions/reconciler.test.ts', {
		'the message of a later start is sent ahead': [
			'await sendStartMessage(publisher, task, now());\n\tawait store',
			'await store',
		],
	}),
	...guardsOf('src/tasks/create-task.ts', SIMULATION, {
		'a reused key creates no second task': [
			"if (row.fingerprint !== task.fingerprint) return { kind: 'conflict' };\n\t\tconst isOurs",
			'const isOurs',
		],
	}),
	...guardsOf('src/tasks/create-task.ts', 'test/tasks/create-task.test.ts', {
		'only the request that created the row publishes': [
			'if (outcome.task.createdAtMs !== task.createdAtMs) return outcome;',
			'',
		],
		'the row is written before its message': [
			'const task = webhooks.length === 0 ? row : { ...row, webhooks };',
			'const task = webhooks.length === 0 ? row : { ...row, webhooks };\n\t\tawait publisher.publish(taskMessage(task), undefined);',
		],
		'an expired row counts as absent': [
			'if (row === undefined || isExpired(row, now())) {',
			'if (row === undefined) {',
		],
		'nothing above the limit is accepted': [
			"if (large && request.largeData !== true) return { kind: 'tooLarge' };",
			'',
		],
	}),
	...guardsOf('src/tasks/create-task.ts', 'test/http/app.test.ts', {
		'a failed publish does not fail the request': [
			"log.error('task accepted but not published', { task_id: task.taskId, error });",
			'throw error;',
		],
	}),
	...guardsOf('src/tasks/create-task.ts', 'test/http/idempotency.test.ts', {
		'a repeated request is not rate-limited': [
			'task.fingerprint === undefined ? undefined : await store.get(task);\n\tif',
			'undefined;\n\tif',
		],
	}),
	...guardsOf('src/tasks/claim-check.ts', 'test/tasks/claim-check.test.ts', {
		'only a claim of the same execution is redeemed': ['value.$claim.startsWith(prefix) && ', ''],
	}),
	...guardsOf('src/tasks/create-task.ts', 'test/tasks/create-task.test.ts', {
		'data cannot contain a claim': [
			"if (path !== undefined) return { kind: 'reservedMember', path };",
			'void path;',
		],
		'the row decides after a lost answer': ['if (failure === undefined) throw error;', 'throw error;'],
	}),
	...guardsOf('src/tasks/read-task.ts', SIMULATION, {
		'an expired task is not returned': ["isExpired(task, now()) ? { kind: 'expired' } : ", ''],
	}),
	...guardsOf('src/tasks/cancel-task.ts', 'test/http/task-operations.test.ts', {
		'a cancel stops the execution': ['await executions.stop(task, reason);', ''],
		'an expired task is not cancelled': ["if (isExpired(found, now())) return { kind: 'expired' };", ''],
	}),
	...guardsOf('src/tasks/cancel-task.ts', SIMULATION, {
		'a cancel is written to the row before the execution is stopped': [
			'const task = isCancelRequested(found) ? found : await store.requestCancel(found, now());',
			'const task = found;',
		],
	}),
	...guardsOf('src/tasks/redrive-task.ts', SIMULATION, {
		'a redrive schedules a check': ['checkAtMs: firstCheckMs(now())', 'checkAtMs: Number.MAX_SAFE_INTEGER'],
	}),
	...guardsOf('src/tasks/redrive-task.ts', 'test/http/task-operations.test.ts', {
		'an expired task is not redriven': ["if (isExpired(task, now())) return { kind: 'expired' };", ''],
		'a succeeded task is not redriven': ["if (!isRedrivable(task)) return { kind: 'notRedrivable' };", ''],
	}),
	...guardsOf('src/tasks/callbacks.ts', 'test/tasks/callbacks.test.ts', {
		'one of two concurrent writes succeeds': [
			'if (await store.swap(found, change.next))',
			'if ((await store.swap(found, change.next)) || true)',
		],
		'a callback belongs to one task': ['callback.taskId === task.taskId &&', ''],
		'a key in use is not claimed': [
			'if (found !== undefined && !(await isAbandoned(found, store, now())))',
			'if (false)',
		],
		'a key in use is not awaited': [
			"closedAtMs !== undefined || deadlineAtMs <= nowMs ? undefined : 'in-use'",
			'undefined',
		],
		'an answer resumes one wait only': ['return isSpent ? undefined : answer;', 'return answer;'],
		'a retried step finds an early answer again': ['next: { ...untokened,', 'next: { ...found, token,'],
		'a task that shows waiting_for can be answered': [
			'? { next: reopened(found), onceWritten: () => true }',
			'? { outcome: true }',
		],
		'a task does not close the callback of another': [
			'!isOfTask(found, task) ||\n\t\tfound.createdAtMs !== task.createdAtMs ||\n',
			'',
		],
	}),
	...guardsOf('src/tasks/callbacks.ts', 'test/tasks/create-task-callback.test.ts', {
		'a request that fails keeps an answered claim': ['({ answer }) => answer === undefined)', '() => true)'],
	}),
	...guardsOf('src/tasks/answer-callback.ts', 'test/tasks/callbacks.test.ts', {
		'the first answer counts': ['if (answer === undefined) {\n', 'if (true) {\n'],
		'an answer after the end of the task is expired': [
			'if (closedAtMs !== undefined || deadlineAtMs <= nowMs)',
			'if (deadlineAtMs <= nowMs)',
		],
		'an answer after the deadline is expired': [
			'if (closedAtMs !== undefined || deadlineAtMs <= nowMs)',
			'if (closedAtMs !== undefined)',
		],
		'the next request redelivers the answer of a crashed one': [
			'const outcome = await deliver(dependencies, decision).catch(',
			'const outcome = await Promise.resolve(undefined as AnswerCallbackOutcome | undefined).catch(',
		],
		'an answer that an earlier attempt delivered counts as accepted': [
			'(await wasAppliedEarlier(dependencies, delivery, resumed))',
			'false',
		],
	}),
	...guardsOf('src/executions/starter.ts', 'test/executions/starter.test.ts', {
		'a message without a task starts nothing': [
			"if (task?.createdAtMs !== execution.createdAtMs) return log.warn('ignored start message without a task');",
			'if (task === undefined) return;',
		],
		'a message of a started task starts nothing': ["if (task.status !== 'PENDING')", 'if (false)'],
		'a message that differs from its task starts nothing': [
			"if (!isWrittenByApi(message, task)) return log.error('ignored start message that differs from its task');",
			'',
		],
		'a task that was cancelled before it began is stopped': [
			"await executions.stop(task, 'The task was cancelled before it began.');",
			'',
		],
		'a rejected start ends the task': [
			'await store.applyReport(task, missingExecutionReport(task, now()));',
			'',
		],
	}),
	...guardsOf('src/aws/sqs-handler.ts', 'test/aws/sqs-handler.test.ts', {
		'a poison record fails alone': ['throwOnFullBatchFailure: false', 'throwOnFullBatchFailure: true'],
		'a failed record is delivered again': [
			'recordLog.error(RECORD_FAILED_MESSAGE, { error });\n\t\t\tthrow error;',
			'recordLog.error(RECORD_FAILED_MESSAGE, { error });',
		],
		'an SNS envelope is opened': ['body.includes(\'"TopicArn"\')', 'false'],
	}),
	...guardsOf('src/executions/mirror.ts', 'test/executions/mirror.test.ts', {
		'an execution that was started manually is ignored': [
			'return executionName(task) === name ? task : undefined;',
			'return task;',
		],
		'an input or output that was left out is described': [' && details?.included !== false', ''],
		'a truncated input or output is described': [' && isJson(value) ? value', ' ? value'],
		'an event without its output is described': [
			"if (status === 'SUCCEEDED' && output === undefined) return undefined;",
			'',
		],
		'an event without its end is described': [
			'if (isTerminal(status) && stoppedAtMs === undefined) return undefined;',
			'',
		],
		'an event of an unknown execution is rejected': [
			'if (snapshot === undefined) throw new Error(`Step Functions does not know execution ${detail.name}.`);',
			'if (snapshot === undefined) return;',
		],
		'a terminal status releases the callback key': [
			'await closeCallback(row, row.callbackKey);',
			'undefined;',
		],
		'a cancelled task that runs is stopped': [
			"await executions.stop(task, 'The task was cancelled by its client.');",
			'',
		],
	}),
	...guardsOf('src/executions/execution-client.ts', 'test/executions/execution-report.test.ts', {
		'an invalid result fails its task': [
			"error === undefined ? { status, ...times, result } : { status: 'FAILED', ...times, error }",
			'{ status, ...times, result }',
		],
		'an invalid result is not redriven': [', isFinal: true };', ' };'],
		'a result in the bucket is not checked': [' || claimedKey(result, task) !== undefined', ''],
	}),
	...guardsOf('src/executions/reconciler.ts', SIMULATION, {
		'a task that never started is published again': [
			'await sendStartMessage(publisher, task, now());\n\t\tlog.warn',
			'log.warn',
		],
		'a task without news is repaired': [
			'await applyReport(task, executionReport(task, snapshot, declaredEnds(task.type)));',
			'await Promise.resolve();',
		],
		'a confirmed end is not checked again': [
			'await store.cancelCheck({ ...task, checkAtMs });',
			'await Promise.resolve();',
		],
	}),
	...guardsOf('src/executions/reconciler.ts', 'test/executions/reconciler.test.ts', {
		'an inferred end of a running execution is checked again': [
			'if (snapshot === undefined || isTerminal(snapshot.status))',
			'if (true)',
		],
		'a task whose check fails does not precede all others': [
			'await store.scheduleCheck(task, checkAtMs);',
			'',
		],
		'a run has a pace': ['await sleep(Math.max(0, secondStartedAtMs + 1000 - now()));', 'await sleep(0);'],
		'throttling slows a run down': ["checked.includes('unavailable')", 'false'],
		'a run ends in time': ['&& now() - startedAtMs < MAX_RUN_MS', ''],
		'a run has a capacity': ['.slice(0, limit)\n', '\n'],
		'principals take turns': ['.toSorted((a, b) => a.turn - b.turn)\n', '\n'],
		'the tasks of a run are isolated': [
			"return error instanceof ServiceUnavailableError ? 'unavailable' : 'stuck';",
			'throw error;',
		],
		'an old task is checked less often': [
			'Math.max(MIN_CHECK_INTERVAL_MS, intervalMs)',
			'MIN_CHECK_INTERVAL_MS',
		],
		'every task is checked within fifteen minutes': [
			'Math.min(MAX_CHECK_INTERVAL_MS, Math.max(MIN_CHECK_INTERVAL_MS, intervalMs))',
			'Math.max(MIN_CHECK_INTERVAL_MS, intervalMs)',
		],
		'a check is at a whole millisecond': ['nowMs + Math.floor(boundedMs)', 'nowMs + boundedMs'],
		'a cancel is checked every minute': [
			'if (isCancelRequested(task)) return nowMs + MIN_CHECK_INTERVAL_MS;',
			'',
		],
		'a pending task waits until its start deadline': ['if (waitedMs >= startDeadlineMs) {', 'if (true) {'],
		'a task fails at its start deadline': ['if (waitedMs >= startDeadlineMs) {', 'if (false) {'],
		'the start deadline begins with a redrive': [
			"task.status === 'PENDING' ? pendingSinceMs(task) : startedMs(task));\n",
			'task.createdAtMs);\n',
		],
	}),
	...guardsOf('src/executions/dead-letters.ts', 'test/executions/dead-letters.test.ts', {
		'a dead status event is described': [
			'const snapshot = await executions.describe(detail.executionArn);',
			'const snapshot = undefined as Awaited<ReturnType<typeof executions.describe>>;',
		],
		'a dead start message ends no task': ['await leaveToReconciler(letter.task, log);', 'throw new Error();'],
	}),
	...guardsOf('src/tasks/redrive-task.ts', 'test/tasks/redrive-task.test.ts', {
		'a task that never started is started by a redrive': [
			"if (outcome.kind === 'absent') return startTask(dependencies, task);",
			"if (outcome.kind === 'absent') return { kind: 'notRedrivable' };",
		],
	}),
	...guardsOf('src/tasks/transition.ts', 'test/aws/stores.test.ts', {
		'an inferred end keeps the data': [
			"isInferredEnd(mirrored) ? cleared : [...cleared, 'data']",
			"[...cleared, 'data']",
		],
	}),
	...guardsOf('src/aws/task-store.ts', 'test/aws/stores.test.ts', {
		'a row is not overwritten': [
			'} OR ${lte(expiresAtSeconds, nowSeconds())}`',
			'} OR NOT ${lte(expiresAtSeconds, nowSeconds())}`',
		],
		'an expired row is overwritten': ['} OR ${lte(expiresAtSeconds, nowSeconds())}`', '}`'],
		'rows are read consistently': ['go({ consistent: true })', 'go({ consistent: false })'],
		'a report applies to its own creation': [
			'eq(row.createdAtMs, createdAtMs),\n\t\t\t\t\t\t\tlt(row.statusOrder, mirrored.statusOrder),',
			'lt(row.statusOrder, mirrored.statusOrder),',
		],
		'a report is ahead of the row': ['lt(row.statusOrder, mirrored.statusOrder),', ''],
		'a report brings no expired row back': ['`NOT ${lte(row.expiresAtSeconds, nowSeconds())}`,', ''],
		'a cancel applies to an open task': [' AND ${lt(row.statusOrder, inferredEndOrder(redriveCount))}`', '`'],
		'a cancel schedules a check': [
			'...checkKeys(key.taskId, firstCheckMs(atMs)),\n\t\t\t\t\t})\n\t\t\t\t\t.add({ revision: 1 })\n\t\t\t\t\t.where(',
			'})\n.add({ revision: 1 })\n.where(',
		],
		'a redrive applies to the end that was read': [
			"eq(row.statusOrder, order),\n\t\t\t\t\t\t\tgt(row.expiresAtSeconds, nowSeconds()),\n\t\t\t\t\t\t].join(' AND ')",
			"gt(row.expiresAtSeconds, nowSeconds()),\n\t\t\t\t\t\t].join(' AND ')",
		],
		'a redrive applies to a row that has not expired': [
			"gt(row.expiresAtSeconds, nowSeconds()),\n\t\t\t\t\t\t].join(' AND ')",
			"].join(' AND ')",
		],
		'a reset needs the data of the task': ['exists(row.data),', ''],
		'a finished task does not wait': [': notExists(row.expiresAtSeconds),', ': exists(row.createdAtMs),'],
		'a check that is not scheduled is not postponed': [' AND ${exists(row.open_shard)}`', '`'],
		'only the checked end is confirmed': [
			'eq(row.statusOrder, order),\n\t\t\t\t\t\t\teq(row.check_at_ms, checkAtMs),',
			'eq(row.check_at_ms, checkAtMs),',
		],
		'a redrive since the check is not lost': ['eq(row.check_at_ms, checkAtMs),', ''],
	}),
	...guardsOf('src/aws/callback-store.ts', 'test/aws/stores.test.ts', {
		'a callback is replaced only if unchanged': [
			'notExists(callbackKey) : eq(version, before.version)',
			'notExists(callbackKey) : notExists("x" + version)',
		],
	}),
	...guardsOf('src/aws/progress-reporter.ts', 'test/aws/stores.test.ts', {
		'progress belongs to one creation of a task': ['eq(row.createdAtMs, createdAtMs),', ''],
		'progress applies to a running task': ["eq(row.status, 'RUNNING'),", ''],
		'progress is stored at most once a second': [
			'`NOT ${gt(row.progressAtMs, nowMs - PROGRESS_INTERVAL_MS)}`,',
			'',
		],
		'progress never decreases': ['`NOT ${gt(row.progress.percent, progress.percent)}`,', ''],
	}),
	...guardsOf('src/aws/acceptance-limit.ts', 'test/aws/stores.test.ts', {
		'the limit holds': [
			"'attribute_not_exists(accepted) OR accepted <= :room'",
			"'attribute_not_exists(accepted) OR accepted <> :room OR accepted = :room'",
		],
	}),
	...guardsOf('src/http/lists/cursors.ts', 'test/http/task-operations.test.ts', {
		'a cursor is signed': ['given.length !== expected.length || !timingSafeEqual(given, expected)', 'false'],
		'a cursor belongs to one list': ['JSON.stringify([position, scope])', 'JSON.stringify([position])'],
	}),
	...guardsOf('src/http/plugins/principal.ts', 'test/http/app.test.ts', {
		'a request without a token is rejected': [
			"if (caller === undefined) throw new ProblemError('unauthorized', 'Send a valid bearer token.');",
			'if (caller === undefined) return;',
		],
		'a request without the scope is rejected': ['if (!caller.scopes.includes(access))', 'if (false)'],
	}),
	...guardsOf('src/http/plugins/principal.ts', 'test/http/identity-providers.test.ts', {
		'a principal has a size limit': ['rejectLongPrincipal(caller.principal);', ''],
	}),
	...guardsOf('src/http/requests/caller.ts', 'test/http/identity-providers.test.ts', {
		'an empty principal is no caller': [" || principal === ''", ''],
		'a printed list of scopes is read': ['/^\\[(.*)\\]$/s.exec(claim.trim()) ?? []', '[undefined, claim]'],
		'the prefix of a scope is removed': [
			'scope.startsWith(prefix) ? scope.slice(prefix.length) : scope',
			'scope',
		],
	}),
	...guardsOf('src/http/requests/http-event.ts', 'test/lambda/api-events.test.ts', {
		'a base path names no host': ["BASE_PATH.test(basePath) ? basePath : ''", 'basePath'],
	}),
	...guardsOf('src/http/plugins/address.ts', 'test/lambda/api-events.test.ts', {
		'a gateway may pass the base path on': ["rl.replace(BASE_PATH, '')", 'rl'],
	}),
	...guardsOf('src/http/plugins/errors.ts', 'test/http/status-codes.test.ts', {
		'an unavailable service is a 503': ['if (unavailable !== undefined) {', 'if (false) {'],
	}),
	...guardsOf('src/http/plugins/request-body.ts', 'test/http/status-codes.test.ts', {
		'a request without content has no wrong media type': ["delete headers['content-type'];", ';'],
	}),
	...guardsOf('src/http/routes/redrive-task.ts', 'test/http/status-codes.test.ts', {
		'redrives are limited': [
			'await requireAllowance(route.acceptanceLimit, { principal, nowMs: route.now(), reply });',
			'',
		],
	}),
	...guardsOf('src/http/routes/list-task-events.ts', 'test/http/status-codes.test.ts', {
		'reads of events are limited': [
			'await requireAllowance(eventsLimit, { principal, nowMs: now(), reply });',
			'',
		],
	}),
	...guardsOf('src/http/routes/create-tasks.ts', 'test/http/status-codes.test.ts', {
		'an idempotency key covers a whole batch': [' ?? derivedKey(batchKey, index)', ''],
	}),
	...guardsOf('src/http/routes/get-result.ts', 'test/http/task-operations.test.ts', {
		'only declared files of a result are served': [
			'workflows[task.type]?.resultFiles?.includes(file) ?? false',
			'workflows !== undefined',
		],
	}),
	...guardsOf('src/http/callbacks/callback-access.ts', 'test/http/callbacks.test.ts', {
		'a callback needs a token': ['if (principal === undefined)', 'if (false)'],
	}),
	...guardsOf('src/http/callbacks/jira-webhook.ts', 'test/http/callbacks.test.ts', {
		'an issue in another status answers nothing': ['if (!success.has(name)) return undefined;', ''],
		'a resolution rejects an issue that is done': [
			"failure.has(normalize(resolutionName)) ? 'failure'",
			"failure.has(normalize(resolutionName)) ? 'success'",
		],
	}),
	...guardsOf('src/http/plugins/unmatched-routes.ts', 'test/lambda/api-events.test.ts', {
		'a path without a route is refused before its body is read': [
			'if (!is404) return undefined;',
			'return undefined;',
		],
	}),
	...guardsOf('src/tasks/signed-token.ts', 'test/tasks/callback-token.test.ts', {
		'a callback needs a signed token': ['timingSafeEqual(sign(key, text), mac)', 'true'],
	}),
	...guardsOf('src/tasks/signed-token.ts', 'test/tasks/approvals.test.ts', {
		'a token has one spelling': ["if (mac.toString('base64url') !== signature) return undefined;", ''],
		'a token serves one purpose': ['.update(label + text)', '.update(text)'],
	}),
	...guardsOf('src/tasks/approvals.ts', 'test/tasks/approvals.test.ts', {
		'a link belongs to one redrive': ['redriveCount === wait.redriveCount', 'true'],
		'a link belongs to one wait': ['deadlineAtMs === wait.expiresAtMs', 'true'],
		'a link belongs to one task': ['isOfTask(callback, wait)', 'true'],
	}),
	...guardsOf('src/tasks/answer-callback.ts', 'test/tasks/approvals.test.ts', {
		'a decision is for the wait of its link': ['found !== undefined && !isExpected(found)', 'false'],
	}),
	...guardsOf('src/http/routes/decide-approval.ts', 'test/http/approvals.test.ts', {
		'a form of another site is refused': [
			"if (!isOwn) throw new ProblemError('forbidden',",
			"if (false) throw new ProblemError('forbidden',",
		],
		'only approvers decide': ['if (approvers.length > 0 && !approvers.includes(name))', 'if (false)'],
	}),
	...guardsOf('src/http/plugins/request-body.ts', 'test/http/approvals.test.ts', {
		'a field of a form occurs once': [
			'if (new Set(fields.map(([name]) => name)).size < fields.length)',
			'if (false)',
		],
	}),
	...guardsOf('src/http/routes/replay-delivery.ts', 'test/http/webhooks.test.ts', {
		'replays are limited': [
			'await requireAllowance(acceptanceLimit, { principal: request.principal, nowMs: now(), reply });',
			'',
		],
	}),
	...guardsOf('src/http/routes/test-webhook.ts', 'test/http/webhooks.test.ts', {
		'tests of a webhook are limited': [
			'await requireAllowance(acceptanceLimit, { principal: request.principal, nowMs: now(), reply });',
			'',
		],
	}),
	...guardsOf('src/http/approvals/html.ts', 'test/http/approvals.test.ts', {
		'values in HTML are escaped': ['return escapeHtml(String(part));', 'return String(part);'],
	}),
	...guardsOf('src/http/tasks/task-response.ts', 'test/http/approvals.test.ts', {
		'two bodies of a task have two ETags': [
			'if (approvalToken === undefined) return `W/"${version}"`;',
			'return `W/"${version}"`;',
		],
		'a reader does not see the approval link': [
			'mayWrite && waitingFor !== undefined',
			'waitingFor !== undefined',
		],
	}),
	...guardsOf('src/http/requests/json-limits.ts', 'test/http/status-codes.test.ts', {
		'the number of values in a body is limited': ['if (traversal.nodes > MAX_NODES)\n', 'if (false)\n'],
	}),
	...guardsOf('src/executions/reconciler.ts', 'test/executions/reconciler.test.ts', {
		'an unreadable part of the index is counted': [
			'recordUnreadShards(errors.length);',
			'recordUnreadShards(0);',
		],
	}),
	...guardsOf('src/http/requests/content-decoding.ts', 'test/http/compression.test.ts', {
		'a compressed body has a size limit': ['maxOutputLength: maxBytes,', ''],
	}),
	...guardsOf('src/aws/event-transaction.ts', 'test/aws/stores.test.ts', {
		'an event is written only if the row has not changed since it was read': [
			' AND ${eq(item.revision, row.revision)}',
			'',
		],
		'an end that overrides an inferred one needs no second delivery': [
			"if (codes[index + 1] === 'ConditionalCheckFailed') existing.add(deliveryId);",
			'',
		],
	}),
	...guardsOf('src/tasks/deliveries.ts', SIMULATION, {
		'each redrive and each reset has deliveries of its own': [
			'redriveCount, resetCount, webhookId, event]',
			'webhookId, event]',
		],
	}),
	...guardsOf('src/tasks/dispatch-deliveries.ts', SIMULATION, {
		'a delivery whose message is lost is queued again': ['if (open.length > 0) await queue.send(open);', ''],
	}),
	...guardsOf('src/tasks/send-delivery.ts', 'test/tasks/webhooks.test.ts', {
		'of two senders, one makes the attempt': ['&& claimedUntilMs <= nowMs', ''],
	}),
	...guardsOf('src/partners/webhook-receiver.ts', 'test/partners/webhook-receiver.test.ts', {
		'the connection goes to a checked address': ['lookup: checkedLookup(addresses),', ''],
		'every address of a name must be allowed': [
			"if (!areAllowed(addresses, options)) return failed('The host name has an address that is not allowed.');",
			'',
		],
	}),
];

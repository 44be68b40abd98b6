import { type Test, test } from 'tap';
import * as Type from 'typebox';
import { createLog } from '../../src/aws/log.ts';
import { createMetric } from '../../src/aws/metrics.ts';
import { createSqsHandler } from '../../src/aws/sqs-handler.ts';
import { recordRejectedCache } from '../../src/deploy/code-cache/load-bundle.ts';
import { idsOfType } from '../../src/deploy/compiled-template.ts';
import { LOGS_QUERIES } from '../../src/deploy/log-queries.ts';
import { createDeadLetterHandler } from '../../src/executions/dead-letters.ts';
import { type DeclaredEnds, executionReport } from '../../src/executions/execution-client.ts';
import { createApplyReport } from '../../src/executions/mirror.ts';
import {
	createReconciler,
	RECONCILE_LAG_METRIC,
	STUCK_TASKS_METRIC,
	UNREAD_SHARDS_METRIC,
} from '../../src/executions/reconciler.ts';
import { testDelivery } from '../../src/tasks/deliveries.ts';
import {
	createDeliverySender,
	DEAD_DELIVERIES_METRIC,
	RETRY_DELAYS_MS,
} from '../../src/tasks/send-delivery.ts';
import type { TaskStore } from '../../src/tasks/task-store.ts';
import { packageDeployed } from '../support/deployed-stages.ts';
import { exampleTask } from '../support/example-task.ts';
import { linesOf } from '../support/lines-of.ts';
import { runQuery } from '../support/logs-insights.ts';
import { createMemoryDeliverySlots } from '../support/memory-delivery-slots.ts';
import { createMemoryDeliveryStore } from '../support/memory-delivery-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createMemoryWebhookStore } from '../support/memory-webhook-store.ts';

const STAGE = 'prod';

async function runReconciler(findDueTasks?: TaskStore['findDueTasks']): Promise<void> {
	const store = createMemoryTaskStore({ retentionSeconds: 1, now: () => 0 });
	await createReconciler({
		store: findDueTasks === undefined ? store : { ...store, findDueTasks },
		publisher: { publish: async () => undefined },
		describe: async () => undefined,
		applyReport: async () => undefined,
		declaredEnds: () => ({ errors: {} }),
		maxTasksPerRun: 1,
		startDeadlineMs: 1,
		now: () => 0,
		sleep: async () => undefined,
		recordStuckTasks: createMetric(STUCK_TASKS_METRIC, STAGE),
		recordLagSeconds: createMetric(RECONCILE_LAG_METRIC, STAGE, 'Seconds'),
		recordUnreadShards: createMetric(UNREAD_SHARDS_METRIC, STAGE),
		log: createLog(),
	})();
}

/** Sends a delivery whose last attempt fails. */
async function giveUpDelivery(): Promise<void> {
	const deliveries = createMemoryDeliveryStore();
	const key = { principal: 'ada', webhookId: 'w1', deliveryId: 'd1' };
	await deliveries.swap(undefined, {
		...testDelivery(key, 0),
		url: 'https://example.com/',
		failures: RETRY_DELAYS_MS.length,
	});
	const recordDead = createMetric(DEAD_DELIVERIES_METRIC, STAGE);
	await createDeliverySender({
		deliveries,
		slots: createMemoryDeliverySlots(() => 0),
		webhooks: createMemoryWebhookStore(),
		secrets: { signing: async () => [] },
		queue: { send: async () => undefined },
		post: async () => ({ latencyMs: 1, statusCode: 500 }),
		bodyOf: () => '{}',
		now: () => 0,
		random: () => 0,
		recordDead: () => recordDead(1),
	})(key, createLog());
}

async function failRecord(): Promise<void> {
	const fail = async () => Promise.reject(new Error('poison'));
	const record = { messageId: '1', body: '{}' };
	await createSqsHandler(fail, createLog())({ Records: [record] }, {});
}

async function mirrorInvalidResult(): Promise<void> {
	await mirror('SUCCEEDED', { errors: {}, result: Type.String() });
}

/** Mirrors an execution that started with its task. */
async function mirror(
	status: 'RUNNING' | 'SUCCEEDED',
	declared: DeclaredEnds = { errors: {} },
): Promise<void> {
	const task = exampleTask();
	const store = createMemoryTaskStore({ retentionSeconds: 1, now: () => 0 });
	await store.create(task);
	const applyReport = createApplyReport({
		store,
		closeCallback: async () => undefined,
		executions: { stop: async () => 'stopped' },
		log: createLog(),
	});
	const snapshot = {
		status,
		input: '',
		startedAtMs: task.createdAtMs,
		redriveCount: 0,
		...(status === 'RUNNING' ? {} : { stoppedAtMs: task.createdAtMs + 1, output: '{}' }),
	};
	await applyReport(task, executionReport(task, snapshot, declared));
}

/** Writes the access log line of API Gateway for a request. */
function logRequest(format: string, route: string, status: number, path = ''): void {
	const values: Readonly<Record<string, string>> = {
		routeKey: route,
		status: String(status),
		httpMethod: 'POST',
		path,
	};
	process.stdout.write(format.replaceAll(/\$context\.([\w.]+)/g, (_, name: string) => values[name] ?? '-'));
}

test('the code writes every log line and every metric that an alarm watches', async (t) => {
	const { Resources: resources } = Object(await packageDeployed(STAGE));
	const { Format } = resources.HttpApiStage.Properties.AccessLogSettings;
	const routeOf = (path: string) => {
		const keys = idsOfType(resources, 'AWS::ApiGatewayV2::Route').map(
			(id) => resources[id].Properties.RouteKey,
		);
		return String(keys.find((key: string) => key.includes(path)));
	};
	/** One emission per metric, by its name without prefixes. */
	const emissions: Readonly<Record<string, () => unknown>> = {
		[STUCK_TASKS_METRIC]: () => runReconciler(),
		[RECONCILE_LAG_METRIC]: () => runReconciler(),
		[UNREAD_SHARDS_METRIC]: () => runReconciler(),
		[DEAD_DELIVERIES_METRIC]: giveUpDelivery,
		CodeCacheRejected: () => recordRejectedCache(STAGE),
		FailedRecords: failRecord,
		InvalidResults: mirrorInvalidResult,
		StartDelayMs: () => mirror('RUNNING'),
		TaskDurationMs: () => mirror('SUCCEEDED'),
		AcceptedRequests: () => logRequest(Format, routeOf('/v1/{path+}'), 202, '/v1/tasks'),
		CallbackErrors: () => logRequest(Format, routeOf('/v1/callbacks'), 502),
		Unauthorized: () => logRequest(Format, routeOf('/v1/'), 401),
		RateLimited: () => logRequest(Format, routeOf('/v1/'), 429),
	};
	const emit = async (t: Test, metric: string) => {
		const emission = emissions[metric];
		if (emission === undefined) throw new Error(`No emission for the metric ${metric}.`);
		return linesOf(t, emission);
	};
	const emitted = new Set<string>();

	for (const id of idsOfType(resources, 'AWS::CloudWatch::Alarm')) {
		const { Namespace, MetricName, Dimensions } = resources[id].Properties;
		if (Namespace !== 'task-api' || !emissions[MetricName]) continue;
		emitted.add(MetricName);
		const lines = await emit(t, MetricName);
		const written = lines.filter((line) => line[MetricName] !== undefined);
		t.equal(written.length, 1, id);
		const [declared] = written[0]._aws.CloudWatchMetrics;
		t.match(declared, { Namespace, Dimensions: [Dimensions.map(({ Name }: { Name: string }) => Name)] }, id);
		for (const { Name, Value } of Dimensions) t.equal(written[0][Name], Value, id);
	}
	for (const id of idsOfType(resources, 'AWS::Logs::MetricFilter')) {
		const { FilterPattern, MetricTransformations } = resources[id].Properties;
		const metric = JSON.stringify(MetricTransformations[0].MetricName).replaceAll(/^.*\.|\W+$/g, '');
		emitted.add(metric);
		const lines = await emit(t, metric);
		t.equal(lines.filter((line) => matchesPattern(FilterPattern, line)).length, 1, id);
	}
	t.strictSame([...emitted].toSorted(), Object.keys(emissions).toSorted());
});

/** Hands the dead-letter handler a message that nothing wrote. */
async function receiveDeadLetter(): Promise<void> {
	const handle = createDeadLetterHandler({
		store: createMemoryTaskStore({ retentionSeconds: 1, now: () => 0 }),
		executions: { describe: async () => undefined },
		applyReport: async () => undefined,
		declaredEnds: () => ({ errors: {} }),
	});
	await createSqsHandler(handle, createLog())({ Records: [{ messageId: '1', body: '{}' }] }, {});
}

test('each saved query finds the log lines that the code writes', async (t) => {
	const { Resources: resources } = Object(await packageDeployed(STAGE));
	const { Format } = resources.HttpApiStage.Properties.AccessLogSettings;
	const emissions: Readonly<Record<string, () => unknown>> = {
		errors: failRecord,
		'failed-messages': failRecord,
		'dead-letters': receiveDeadLetter,
		reconciler: () => runReconciler(async () => ({ tasks: [], errors: [new Error('throttled')] })),
		'invalid-results': mirrorInvalidResult,
		'failed-webhooks': giveUpDelivery,
		responses: () => logRequest(Format, 'ANY /v1/{path+}', 500),
		'rejected-requests': () => logRequest(Format, 'ANY /v1/{path+}', 401),
	};
	t.strictSame(
		LOGS_QUERIES.map(({ name }) => name),
		Object.keys(emissions),
	);
	const saved = idsOfType(resources, 'AWS::Logs::QueryDefinition').map((id) => resources[id].Properties);
	for (const { name, query } of LOGS_QUERIES) {
		const definition = saved.find(({ Name }) => Name === `task-api/${STAGE}/${name}`);
		t.equal(definition?.QueryString, query, name);
		t.not(definition?.LogGroupNames.length, 0, name);
		const lines = await linesOf(t, () => emissions[name]?.());
		t.equal(runQuery(query, lines).length, 1, name);
	}
	t.throws(() => runQuery('parse @message', []), { message: /Unknown command/ });
});

/** Evaluates a CloudWatch filter pattern whose terms compare members with texts, or with 0, and are joined by `&&`. */
function matchesPattern(pattern: string, line: Readonly<Record<string, unknown>>): boolean {
	const terms = [...pattern.matchAll(/\$\.(\w+) = "([^"]*)"/g)];
	const numbers = [...pattern.matchAll(/\$\.(\w+) >= 0/g)];
	if (!numbers.every(([, member = '']) => Number(line[member]) >= 0)) return false;
	return terms.every(([, member = '', wanted = '']) => {
		const expression = wanted.split('*').map((part) => part.replaceAll(/[^\w ]/g, '\\$&'));
		return new RegExp(`^${expression.join('.*')}$`).test(String(line[member]));
	});
}

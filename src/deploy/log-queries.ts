import { RECORD_FAILED_MESSAGE } from '../aws/sqs-handler.ts';
import { RESULT_INVALID_MESSAGE } from '../executions/mirror.ts';
import { type CompiledResource, type CompiledResources, idsOfType } from './compiled-template.ts';

/** A saved query of CloudWatch Logs Insights. */
export interface LogsQuery {
	/** The last part of its name in the console, and its name in the runbook. */
	readonly name: string;
	/** Patterns of the logical ids of its log groups. */
	readonly logGroups: RegExp;
	readonly query: string;
}

const FUNCTIONS = /^(?!HttpApi)\w+(?<!StateMachine)LogGroup$/;
const ACCESS_LOG = /^HttpApiLogGroup$/;
const NEWEST = 'sort @timestamp desc | limit 100';

/** The queries with which the runbook begins a search. They use `fields`, `filter`, `stats count(*)`, `sort` and `limit` only. */
export const LOGS_QUERIES: readonly LogsQuery[] = [
	{
		name: 'errors',
		logGroups: FUNCTIONS,
		query: `fields @timestamp, function_name, message, task_id, error.name, error.message | filter level = 'ERROR' | ${NEWEST}`,
	},
	{
		name: 'failed-messages',
		logGroups: FUNCTIONS,
		query: `fields @timestamp, function_name, task_id, error.name, error.message | filter message = '${RECORD_FAILED_MESSAGE}' | ${NEWEST}`,
	},
	{
		name: 'dead-letters',
		logGroups: /^DeadLettersLogGroup$/,
		query: `fields @timestamp, message, task_id, type, status | filter message like 'dead-letter' or message = 'left to the reconciler' | ${NEWEST}`,
	},
	{
		name: 'reconciler',
		logGroups: /^ReconcilerLogGroup$/,
		query: `fields @timestamp, level, message, task_id, due, checked, stuck, error.message | filter level = 'INFO' or level = 'WARN' or level = 'ERROR' | ${NEWEST}`,
	},
	{
		name: 'invalid-results',
		logGroups: /^ListenerLogGroup$/,
		query: `fields @timestamp, task_id, type, reason | filter message = '${RESULT_INVALID_MESSAGE}' | ${NEWEST}`,
	},
	{
		name: 'failed-webhooks',
		logGroups: /^WebhookSenderLogGroup$/,
		query: `fields @timestamp, webhook_id, delivery_id, status_code, error | filter message = 'webhook attempt failed' | ${NEWEST}`,
	},
	{
		name: 'responses',
		logGroups: ACCESS_LOG,
		query: 'stats count(*) as requests by status, route | sort requests desc | limit 100',
	},
	{
		name: 'rejected-requests',
		logGroups: ACCESS_LOG,
		query: `fields @timestamp, route, status, principal, ip, authorizer_error, integration_error | filter status like '401' or status like '429' or status like '50' | ${NEWEST}`,
	},
];

/** The saved queries as resources, over the log groups of the template. */
export function createQueryDefinitions(
	resources: CompiledResources,
	{ service, stage }: { readonly service: string; readonly stage: string },
): Record<string, CompiledResource> {
	const groups = idsOfType(resources, 'AWS::Logs::LogGroup');
	return Object.fromEntries(
		LOGS_QUERIES.map(({ name, logGroups, query }) => [
			queryId(name),
			{
				Type: 'AWS::Logs::QueryDefinition',
				Properties: {
					Name: `${service}/${stage}/${name}`,
					LogGroupNames: groups.filter((id) => logGroups.test(id)).map((id) => ({ Ref: id })),
					QueryString: query,
				},
			},
		]),
	);
}

function queryId(name: string): string {
	return `${name.replaceAll(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase())}Query`;
}

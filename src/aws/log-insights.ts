import {
	CloudWatchLogsClient,
	GetQueryResultsCommand,
	type ResultField,
	StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';

/** A query of CloudWatch Logs Insights. */
export interface LogQuery {
	/** The query; its SOURCE names the log groups. */
	readonly query: string;
	readonly fromMs: number;
	readonly untilMs: number;
}

/** A row of a result: the values by field. */
export type LogRow = ReadonlyMap<string, string>;

/** Runs queries of CloudWatch Logs Insights. Rejects with the SDK's error, or if a query does not complete. */
export type QueryLogs = (query: LogQuery) => Promise<readonly LogRow[]>;

const POLL_INTERVAL_MS = 500;

/** A query that takes longer has a range that is too large. */
const MAX_POLLS = 120;

const MAX_ROWS = 1000;

/** Creates the reader of the logs of a region. */
export function createLogReader(region: string, wait: (ms: number) => Promise<unknown>): QueryLogs {
	const client = new CloudWatchLogsClient({ region, maxAttempts: 3 });
	return async ({ query, fromMs, untilMs }) => {
		const { queryId } = await client.send(
			new StartQueryCommand({
				queryString: query,
				startTime: Math.floor(fromMs / 1000),
				endTime: Math.ceil(untilMs / 1000),
				limit: MAX_ROWS,
			}),
		);
		for (let poll = 0; poll < MAX_POLLS; poll += 1) {
			const { status, results = [] } = await client.send(new GetQueryResultsCommand({ queryId }));
			if (status === 'Complete') return results.map(toRow);
			if (status !== 'Scheduled' && status !== 'Running')
				throw new Error(`The query of the logs ended as ${status ?? 'Unknown'}.`);
			await wait(POLL_INTERVAL_MS);
		}
		throw new Error(`The query of the logs takes longer than ${(MAX_POLLS * POLL_INTERVAL_MS) / 1000} s.`);
	};
}

function toRow(fields: readonly ResultField[]): LogRow {
	return new Map(fields.map(({ field = '', value = '' }) => [field, value]));
}

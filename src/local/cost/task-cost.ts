import { type Expectation, retryAfterSeconds } from '../../http/tasks/task-response.ts';
import type { Operations } from './count-operations.ts';
import {
	DELIVERY_MS,
	DELIVERY_READ_UNITS,
	DELIVERY_SQS_REQUESTS,
	DELIVERY_WRITE_UNITS,
	PRICES,
	SQS_REQUESTS,
	WRITE_UNITS,
} from './prices.ts';

/** Dollars for a million tasks, by service. */
export type Cost = Readonly<
	Record<'API Gateway' | 'Scheduler' | 'Lambda' | 'DynamoDB' | 'SNS + SQS' | 'Step Functions' | 'S3', number>
>;

const GB = { api: 1, steps: 0.5 };

/** A running task that was created at time 0. */
const RUNNING_TASK = { createdAtMs: 0, updatedAtMs: 0, redriveCount: 0, status: 'RUNNING' } as const;

/** Returns the number of polls of a client that follows `Retry-After`, for a task that runs for `expectedSeconds`. */
export function countPolls(expectation: Expectation): number {
	let polls = 0;
	for (let seconds = 0; seconds < expectation.expectedSeconds; polls++)
		seconds += retryAfterSeconds(RUNNING_TASK, expectation, seconds * 1000);
	return polls;
}

/** Returns the cost of a million tasks with the given number of polls each. */
export function costOfMillion(operations: Operations, polls: number): Cost {
	const { actions, steps, stepMs, serviceMs, transitions } = operations;
	const calls = (...names: string[]) => names.reduce((sum, name) => sum + (actions[name] ?? 0), 0);
	const requests = 1 + polls;
	const puts = calls('dynamodb:PutItem');
	const updates = calls('dynamodb:UpdateItem');
	const writeUnits =
		Math.min(puts, 1) * WRITE_UNITS.create +
		Math.max(0, puts - 1) * WRITE_UNITS.other +
		WRITE_UNITS.begin +
		WRITE_UNITS.end +
		Math.max(0, updates - 2) * WRITE_UNITS.other;
	const invocations = requests + 2 + steps;
	const gbSeconds = ((serviceMs * (1 + polls)) / 1000) * GB.api + (stepMs / 1000) * GB.steps;
	return {
		'API Gateway': requests * PRICES.httpRequests,
		Scheduler: 0,
		Lambda: invocations * PRICES.lambdaRequests + gbSeconds * PRICES.lambdaGbSecond * 1e6,
		DynamoDB:
			writeUnits * PRICES.dynamodbWriteUnits + (calls('dynamodb:GetItem') + polls) * PRICES.dynamodbReadUnits,
		'SNS + SQS': calls('sns:Publish') * PRICES.snsPublishes + SQS_REQUESTS * PRICES.sqsRequests,
		'Step Functions': transitions * PRICES.transitions,
		S3: calls('s3:PutObject') * PRICES.s3Puts,
	};
}

/** Returns the cost of a million tasks whose end goes to one webhook, at the first attempt. */
export function withDelivery(cost: Cost): Cost {
	const gbSeconds = (DELIVERY_MS / 1000) * GB.steps;
	return {
		...cost,
		Lambda: cost.Lambda + PRICES.lambdaRequests + gbSeconds * PRICES.lambdaGbSecond * 1e6,
		DynamoDB:
			cost.DynamoDB +
			DELIVERY_WRITE_UNITS * PRICES.dynamodbWriteUnits +
			DELIVERY_READ_UNITS * PRICES.dynamodbReadUnits,
		'SNS + SQS': cost['SNS + SQS'] + DELIVERY_SQS_REQUESTS * PRICES.sqsRequests,
	};
}

/**
 * Returns the cost of a million tasks that schedules create. The runner does the work of the API: it also reads the
 * schedule, and it writes the run instead of counting the request.
 */
export function withSchedule(cost: Cost): Cost {
	return {
		...cost,
		'API Gateway': cost['API Gateway'] - PRICES.httpRequests,
		Scheduler: PRICES.schedulerInvocations,
		DynamoDB: cost.DynamoDB + PRICES.dynamodbReadUnits,
	};
}

/** Returns the sum over all services. */
export function total(cost: Cost): number {
	return Object.values(cost).reduce((sum, each) => sum + each, 0);
}

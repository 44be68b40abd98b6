import type { Clock } from '../clock.ts';
import { AwsError } from '../endpoint/service.ts';
import type { Json } from '../json.ts';
import type { Log } from '../log.ts';
import type { Target } from './target-input.ts';

/** The destination of a payload: a rule's target, or its dead-letter queue. */
export interface DeliveryTarget {
	readonly arn: string;
	/** The role that EventBridge assumes for the delivery, if the target names one. */
	readonly roleArn?: string;
	/** For FIFO queues. */
	readonly messageGroupId?: string;
	/** Only for dead-letter queues: the reason of the failure. */
	readonly messageAttributes?: Readonly<Record<string, string>>;
}

/**
 * Passes a payload to the target's service. EventBridge retries a rejection, except an AwsError with a status below 500
 * that is not a throttling error.
 */
export type Deliver = (target: DeliveryTarget, payload: string) => Promise<void>;

/** One event for one target. */
interface Delivery {
	/** The ARN of the rule, or of the schedule. */
	readonly ruleArn: string;
	readonly target: Target;
	readonly event: Json;
	readonly payload: string;
}

/** Delivers events with retries. */
export interface Deliverer {
	/** Resolves when the target or its dead-letter queue has accepted the event, or when the event is lost. Never rejects. */
	deliverWithRetry(delivery: Delivery): Promise<void>;
	/** Abandons all pending retries. */
	close(): void;
}

/** The dependencies of a deliverer. */
export interface DelivererOptions {
	readonly clock: Clock;
	readonly deliver: Deliver;
	readonly log: Pick<Log, 'error'>;
	/** The message attribute that names the source in a dead-letter queue. Default: `RULE_ARN`. */
	readonly arnAttribute?: 'RULE_ARN' | 'SCHEDULE_ARN';
}

/** Defaults of EventBridge: 185 retries within 24 hours. */
const MAX_RETRIES = 185;
const MAX_AGE_SECONDS = 86_400;
/** Delays double from one second up to 8 minutes, so that 185 retries take about a day. AWS adds jitter. */
const MIN_RETRY_DELAY_MS = 1000;
const MAX_RETRY_DELAY_MS = 480_000;
const THROTTLING = /Throttl|TooManyRequests|LimitExceeded/;

/** Creates a deliverer that follows each target's RetryPolicy and DeadLetterConfig. */
export function createDeliverer({
	clock,
	deliver,
	log,
	arnAttribute = 'RULE_ARN',
}: DelivererOptions): Deliverer {
	const pendingRetries = new Set<() => void>();

	/** Resolves to `false` if the deliverer is closed before the delay is over. */
	const delay = (ms: number) =>
		new Promise<boolean>((resolve) => {
			const finish = (isOver: boolean) => {
				cancel();
				pendingRetries.delete(abandon);
				resolve(isOver);
			};
			const abandon = () => finish(false);
			const cancel = clock.after(ms, () => finish(true));
			pendingRetries.add(abandon);
		});

	const sendToDeadLetterQueue = async (delivery: Delivery, failure: Failure) => {
		const { ruleArn, target, event } = delivery;
		const queueArn = target.DeadLetterConfig?.Arn;
		const fields = { rule_arn: ruleArn, target_arn: target.Arn, retries: failure.retries };
		if (queueArn === undefined) {
			return log.error('EventBridge lost an event', { ...fields, error: failure.error });
		}
		const messageAttributes = { [arnAttribute]: ruleArn, ...describeFailure(delivery, failure) };
		try {
			await deliver({ arn: queueArn, messageAttributes }, JSON.stringify(event));
		} catch (error) {
			log.error('EventBridge lost an event: its dead-letter queue rejected it', { ...fields, error });
		}
	};

	const deliverWithRetry = async (delivery: Delivery) => {
		const { target, payload } = delivery;
		const startedAtMs = clock.now();
		const maxAgeMs = (target.RetryPolicy?.MaximumEventAgeInSeconds ?? MAX_AGE_SECONDS) * 1000;
		for (let retries = 0; ; retries += 1) {
			try {
				return await deliver(toDeliveryTarget(target), payload);
			} catch (error) {
				const remainingMs = startedAtMs + maxAgeMs - clock.now();
				const failure = { error, retries, remainingMs };
				if (isPermanent(error) || exhaustedCondition(target, failure) !== undefined) {
					return sendToDeadLetterQueue(delivery, failure);
				}
				const delayMs = Math.min(MIN_RETRY_DELAY_MS * 2 ** retries, MAX_RETRY_DELAY_MS, remainingMs);
				if (!(await delay(delayMs))) return;
			}
		}
	};

	return {
		deliverWithRetry,
		close() {
			for (const abandon of pendingRetries) abandon();
		},
	};
}

/** A failed delivery: the last error, the retries so far, and the remaining age of the event. */
interface Failure {
	readonly error: unknown;
	readonly retries: number;
	readonly remainingMs: number;
}

/** EventBridge does not retry missing targets and missing permissions. */
function isPermanent(error: unknown): boolean {
	return error instanceof AwsError && error.statusCode < 500 && !THROTTLING.test(error.code);
}

function exhaustedCondition({ RetryPolicy }: Target, { retries, remainingMs }: Failure): string | undefined {
	if (retries >= (RetryPolicy?.MaximumRetryAttempts ?? MAX_RETRIES)) return 'MaximumRetryAttempts';
	return remainingMs <= 0 ? 'MaximumEventAgeInSeconds' : undefined;
}

/** The message attributes that EventBridge adds in a dead-letter queue. */
function describeFailure({ target }: Delivery, failure: Failure): Record<string, string> {
	const { error, retries } = failure;
	const exhausted = isPermanent(error) ? undefined : exhaustedCondition(target, failure);
	return {
		TARGET_ARN: target.Arn,
		ERROR_CODE: error instanceof AwsError ? error.code : 'SDK_CLIENT_ERROR',
		ERROR_MESSAGE: error instanceof Error ? error.message : String(error),
		RETRY_ATTEMPTS: String(retries),
		...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
	};
}

function toDeliveryTarget({ Arn, RoleArn, SqsParameters }: Target): DeliveryTarget {
	const messageGroupId = SqsParameters?.MessageGroupId;
	return {
		arn: Arn,
		...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
		...(messageGroupId === undefined ? {} : { messageGroupId }),
	};
}

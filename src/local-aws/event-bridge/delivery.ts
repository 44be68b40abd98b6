import type { Clock } from '../clock.ts';
import { AwsError } from '../endpoint/service.ts';
import type { Log } from '../log.ts';
import type { Json } from './json.ts';
import type { Deliver, DeliveryTarget, Target } from './target.ts';

/** One event on its way to one target. */
interface Delivery {
	readonly ruleArn: string;
	readonly target: Target;
	readonly event: Json;
	/** What the target gets: the event, or what the target's input settings make of it. */
	readonly payload: string;
}

/** What carries events to targets. */
export interface Carrier {
	/** Resolves when the target, or its dead-letter queue, has the event, or when it is lost. Never rejects. */
	carry(delivery: Delivery): Promise<void>;
	/** Gives up what waits to be tried again. */
	close(): void;
}

/** What a carrier works with. */
export interface CarrierOptions {
	readonly clock: Clock;
	readonly deliver: Deliver;
	readonly log: Pick<Log, 'error'>;
}

/** EventBridge's own: 24 hours or 185 retries, whichever comes first. */
const MOST_RETRIES = 185;
const LONGEST_AGE_SECONDS = 86_400;
/** Doubling from one second to this, the 185 retries last about a day; AWS adds jitter. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 480_000;
const THROTTLING = /Throttl|TooManyRequests|LimitExceeded/;

/** Delivers by the target's RetryPolicy, then to its DeadLetterConfig. */
export function createCarrier({ clock, deliver, log }: CarrierOptions): Carrier {
	const abandon = new Set<() => void>();

	/** Resolves to false where the carrier is closed meanwhile. */
	const pause = (ms: number) =>
		new Promise<boolean>((resolve) => {
			const end = (isOver: boolean) => {
				callOff();
				abandon.delete(giveUp);
				resolve(isOver);
			};
			const giveUp = () => end(false);
			const callOff = clock.after(ms, () => end(true));
			abandon.add(giveUp);
		});

	const bury = async (delivery: Delivery, failure: Failure) => {
		const { ruleArn, target, event } = delivery;
		const queueArn = target.DeadLetterConfig?.Arn;
		const lost = { rule_arn: ruleArn, target_arn: target.Arn, retries: failure.retries };
		if (queueArn === undefined) {
			return log.error('EventBridge lost an event', { ...lost, error: failure.error });
		}
		const messageAttributes = describeFailure(delivery, failure);
		try {
			await deliver({ arn: queueArn, messageAttributes }, JSON.stringify(event));
		} catch (error) {
			log.error('EventBridge lost an event: its dead-letter queue did not take it', { ...lost, error });
		}
	};

	const carry = async (delivery: Delivery) => {
		const startedAtMs = clock.now();
		const longestMs = (delivery.target.RetryPolicy?.MaximumEventAgeInSeconds ?? LONGEST_AGE_SECONDS) * 1000;
		for (let retries = 0; ; retries += 1) {
			try {
				return await deliver(deliveryTarget(delivery.target), delivery.payload);
			} catch (error) {
				const leftMs = startedAtMs + longestMs - clock.now();
				const failure = { error, retries, leftMs };
				if (isFinal(error) || exhaustedCondition(delivery.target, failure) !== undefined) {
					return bury(delivery, failure);
				}
				const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** retries, LONGEST_PAUSE_MS, leftMs);
				if (!(await pause(pauseMs))) return;
			}
		}
	};

	return {
		carry,
		close: () => {
			for (const giveUp of abandon) giveUp();
		},
	};
}

/** How a delivery ended: the last error, after how many retries, with how much of the event's age left. */
interface Failure {
	readonly error: unknown;
	readonly retries: number;
	readonly leftMs: number;
}

/** A target that is gone or forbids it stays so: AWS does not try those again. */
function isFinal(error: unknown): boolean {
	return error instanceof AwsError && error.statusCode < 500 && !THROTTLING.test(error.code);
}

function exhaustedCondition({ RetryPolicy }: Target, { retries, leftMs }: Failure): string | undefined {
	if (retries >= (RetryPolicy?.MaximumRetryAttempts ?? MOST_RETRIES)) return 'MaximumRetryAttempts';
	return leftMs <= 0 ? 'MaximumEventAgeInSeconds' : undefined;
}

/** The attributes that EventBridge puts on a message in a dead-letter queue. */
function describeFailure({ ruleArn, target }: Delivery, failure: Failure): Record<string, string> {
	const { error, retries } = failure;
	const exhausted = isFinal(error) ? undefined : exhaustedCondition(target, failure);
	return {
		RULE_ARN: ruleArn,
		TARGET_ARN: target.Arn,
		ERROR_CODE: error instanceof AwsError ? error.code : 'SDK_CLIENT_ERROR',
		ERROR_MESSAGE: error instanceof Error ? error.message : String(error),
		RETRY_ATTEMPTS: String(retries),
		...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
	};
}

function deliveryTarget({ Arn, RoleArn, SqsParameters }: Target): DeliveryTarget {
	const messageGroupId = SqsParameters?.MessageGroupId;
	return {
		arn: Arn,
		...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
		...(messageGroupId === undefined ? {} : { messageGroupId }),
	};
}

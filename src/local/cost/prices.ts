/** List prices of us-east-1 in dollars, for arm64, read from AWS's price pages. */
export const PRICES = {
	date: '2026-11',
	/** Price per million. */
	httpRequests: 1,
	lambdaRequests: 0.2,
	snsPublishes: 0.5,
	sqsRequests: 0.4,
	dynamodbWriteUnits: 0.625,
	dynamodbReadUnits: 0.125,
	transitions: 25,
	s3Puts: 5,
	schedulerInvocations: 1,
	/** Price per unit. */
	lambdaGbSecond: 0.0000133334,
} as const;

/** Write units of each DynamoDB action, by the indexes that it touches: a row is in two when it is made, and leaves one at its end. */
export const WRITE_UNITS = { create: 3, begin: 1, end: 2, other: 1 } as const;

/**
 * Write units of one webhook delivery of up to 2 KB: a transaction doubles those of the row's end, and those of the new
 * delivery in the table and two indexes; then its place, its claim and its end, of which the last two change an index.
 */
export const DELIVERY_WRITE_UNITS = 2 + 6 + 2 + 4 + 3;

/** Consistent reads of one delivery: the row before its end, the delivery and the subscriptions. */
export const DELIVERY_READ_UNITS = 3;

/** Requests to SQS of one delivery: its message is sent, received and deleted. */
export const DELIVERY_SQS_REQUESTS = 3;

/** Milliseconds of the sender for one delivery whose receiver answers within 200 ms. */
export const DELIVERY_MS = 300;

/** Messages per task: its start, and the events of its execution's start and end; each is received and deleted. */
export const SQS_REQUESTS = 3 * 2;

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
	/** Price per unit. */
	lambdaGbSecond: 0.0000133334,
} as const;

/** Write units of each DynamoDB action, by the indexes that it touches: a row is in two when it is made, and leaves one at its end. */
export const WRITE_UNITS = { create: 3, begin: 1, end: 2, other: 1 } as const;

/** Messages per task: its start, and the events of its execution's start and end; each is received and deleted. */
export const SQS_REQUESTS = 3 * 2;

import type { ServerResponse } from 'node:http';
import { writeError } from '../endpoint/answer-operation.ts';
import { AwsError, type HttpService, type JsonService } from '../endpoint/service.ts';
import type { Fault, FaultSwitches } from './fault-switches.ts';

/** The error of each service for a refused request, in its own format. */
const REFUSALS: Readonly<Record<string, { fault: Fault; refuse: (response: ServerResponse) => void }>> = {
	sns: {
		fault: 'sns.publish.fail',
		refuse: (response) =>
			xml(
				response,
				500,
				'<ErrorResponse><Error><Type>Receiver</Type><Code>InternalError</Code></Error></ErrorResponse>',
			),
	},
	s3: {
		fault: 's3.fail',
		refuse: (response) =>
			xml(
				response,
				503,
				'<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
			),
	},
	dynamodb: {
		fault: 'dynamodb.throttle',
		refuse: (response) =>
			writeError(
				response,
				'application/x-amz-json-1.0',
				new AwsError('ProvisionedThroughputExceededException', 'The throughput is exceeded.'),
			),
	},
	states: {
		fault: 'states.throttle',
		refuse: (response) =>
			writeError(
				response,
				'application/x-amz-json-1.0',
				new AwsError('ThrottlingException', 'Rate exceeded'),
			),
	},
};

/** Makes a service refuse requests at the rate of its switch; services without a switch stay unchanged. */
export function createFaultyService(
	service: JsonService | HttpService,
	faults: FaultSwitches,
): JsonService | HttpService {
	const { fault, refuse } = REFUSALS[service.signingName] ?? {};
	if (fault === undefined || refuse === undefined) return service;
	if ('handle' in service) {
		return {
			...service,
			handle(request, response) {
				if (!faults.happens(fault)) return service.handle(request, response);
				// An unread body would close the connection before the answer.
				request.resume().once('end', () => refuse(response));
			},
		};
	}
	const operations = Object.entries(service.operations).map(
		([name, operation]) =>
			[
				name,
				(input: unknown) => {
					if (faults.happens(fault)) throw new AwsError('ThrottlingException', 'Rate exceeded');
					return operation(input);
				},
			] as const,
	);
	return { ...service, operations: Object.fromEntries(operations) };
}

function xml(response: ServerResponse, status: number, body: string): void {
	response.writeHead(status, { 'content-type': 'text/xml' }).end(`<?xml version="1.0"?>${body}`);
}

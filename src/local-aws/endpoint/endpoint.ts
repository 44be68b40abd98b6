import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import { addressedService } from './addressed-service.ts';
import { answerOperation, writeError } from './answer-operation.ts';
import { AwsError, type HttpService, type JsonService } from './service.ts';

/** What the endpoint serves, and with what it marks and reports. */
export interface EndpointOptions {
	readonly services: readonly (JsonService | HttpService)[];
	/** Makes the request ids. */
	readonly newId: () => string;
	/** Told of what an operation throws that is no {@link AwsError}. */
	readonly log: Pick<Log, 'error'>;
}

/** Methods that S3 answers for anyone, where a bucket is public. */
const ANONYMOUS_METHODS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The one AWS endpoint: a listener for `node:http` that hands each request to the service it was signed for. */
export function createEndpoint({
	services,
	newId,
	log,
}: EndpointOptions): (request: IncomingMessage, response: ServerResponse) => void {
	const bySigningName = new Map(services.map((service) => [service.signingName, service]));

	const serviceFor = (request: IncomingMessage): JsonService | HttpService | AwsError => {
		const name = addressedService(request);
		const service = bySigningName.get(name ?? (ANONYMOUS_METHODS.has(request.method) ? 's3' : ''));
		if (service !== undefined) return service;
		return name === undefined
			? new AwsError('MissingAuthenticationToken', 'The request is not signed.', 403)
			: unknownService(name, [...bySigningName.keys()]);
	};

	return (request, response) => {
		const service = serviceFor(request);
		if ('handle' in service) return service.handle(request, response);
		response.setHeader('x-amzn-RequestId', newId());
		if (service instanceof AwsError) return writeError(response, 'application/json', service);
		void answerOperation(service, request, response, log);
	};
}

function unknownService(name: string, known: readonly string[]): AwsError {
	return new AwsError(
		'UnknownService',
		`The local AWS has no service ${name}. It has: ${known.toSorted().join(', ')}.`,
		404,
	);
}

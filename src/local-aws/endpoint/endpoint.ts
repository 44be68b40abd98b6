import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import { addressedService } from './addressed-service.ts';
import { answerOperation, writeError } from './answer-operation.ts';
import { AwsError, type HttpService, type JsonService } from './service.ts';

/** Settings of the endpoint. */
export interface EndpointOptions {
	readonly services: readonly (JsonService | HttpService)[];
	/** Creates the request IDs. */
	readonly newId: () => string;
	/** Receives unexpected errors of operations. */
	readonly log: Pick<Log, 'error'>;
}

/** Methods that S3 answers without a signature, for public buckets. */
const ANONYMOUS_METHODS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Creates the AWS endpoint: a listener that passes each request to the service it is signed for. */
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
		if (service instanceof AwsError) return refuse(request, response, service);
		void answerOperation(service, request, response, log);
	};
}

/** Services that respond in XML although their requests are not forms. */
const REST_XML_SERVICES: ReadonlySet<string | undefined> = new Set(['cloudfront', 'route53', 's3control']);

/** Answers an error in the format that the client of the service can parse: XML for the query protocol, else JSON. */
function refuse(request: IncomingMessage, response: ServerResponse, error: AwsError): void {
	const name = addressedService(request);
	const isForm = /^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '');
	if (!isForm && !REST_XML_SERVICES.has(name)) return writeError(response, 'application/json', error);
	const { code, message, statusCode } = error;
	const details = `<Code>${code}</Code><Message>${escapeXml(message)}</Message>`;
	const requestId = String(response.getHeader('x-amzn-RequestId'));
	response.writeHead(statusCode, { 'content-type': 'text/xml' });
	response.end(
		name === 'ec2'
			? `<Response><Errors><Error>${details}</Error></Errors><RequestID>${requestId}</RequestID></Response>`
			: `<ErrorResponse><Error><Type>Sender</Type>${details}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
	);
}

function escapeXml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function unknownService(name: string, known: readonly string[]): AwsError {
	return new AwsError(
		'UnknownService',
		`The local AWS has no service ${name}. It has: ${known.toSorted().join(', ')}.`,
		404,
	);
}

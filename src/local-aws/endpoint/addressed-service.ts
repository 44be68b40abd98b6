import type { IncomingMessage } from 'node:http';

/** Services by `X-Amz-Target` prefix, for unsigned requests. */
const SERVICE_OF_TARGET: ReadonlyMap<string, string> = new Map([
	['AWSStepFunctions', 'states'],
	['DynamoDB_20120810', 'dynamodb'],
	['AmazonSQS', 'sqs'],
	['AWSEvents', 'events'],
	['AmazonSSM', 'ssm'],
	['secretsmanager', 'secretsmanager'],
]);

/** Returns the signing name of the requested service, or undefined if the request does not name one. */
export function addressedService(request: IncomingMessage): string | undefined {
	return (
		serviceOfCredential(headerCredential(request)) ??
		serviceOfCredential(presignedCredential(request)) ??
		SERVICE_OF_TARGET.get(targetOf(request)?.prefix ?? '')
	);
}

/** Returns the access key of the signature, or undefined for an unsigned request. */
export function accessKeyOf(request: IncomingMessage): string | undefined {
	return credentialParts(headerCredential(request) ?? presignedCredential(request))
		?.slice(0, -4)
		.join('/');
}

/** The two halves of `X-Amz-Target: <prefix>.<Operation>`. */
export function targetOf(request: IncomingMessage): { prefix: string; operation: string } | undefined {
	const target = request.headers['x-amz-target'];
	if (typeof target !== 'string') return undefined;
	const dot = target.lastIndexOf('.');
	return { prefix: target.slice(0, Math.max(0, dot)), operation: target.slice(dot + 1) };
}

function headerCredential(request: IncomingMessage): string | undefined {
	return /\bCredential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1];
}

function presignedCredential(request: IncomingMessage): string | undefined {
	const query = request.url?.split('?', 2)[1];
	return new URLSearchParams(query).get('X-Amz-Credential') ?? undefined;
}

function serviceOfCredential(credential: string | undefined): string | undefined {
	return credentialParts(credential)?.at(-2);
}

/** A credential is `<access key>/<date>/<region>/<service>/aws4_request`; read from the end, since a key may hold slashes. */
function credentialParts(credential: string | undefined): readonly string[] | undefined {
	const parts = credential?.split('/') ?? [];
	return parts.length >= 5 && parts.at(-1) === 'aws4_request' ? parts : undefined;
}

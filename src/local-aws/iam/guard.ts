import { IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { accessKeyOf, addressedService } from '../endpoint/addressed-service.ts';
import { writeError } from '../endpoint/answer-operation.ts';
import { AwsError } from '../endpoint/service.ts';
import { readBody } from '../read-body.ts';
import type { Iam } from './iam.ts';
import { requestedAccesses } from './requested-access.ts';

/** Settings of the guard. */
export interface GuardOptions {
	readonly iam: Iam;
	readonly region: string;
	readonly accountId: string;
	/** The endpoint behind it. */
	readonly next: RequestListener;
}

/** Enforces the roles of the template: a function's access key is its role's name. Other callers may do everything. */
export function createGuard({ iam, next, ...place }: GuardOptions): RequestListener {
	const check = async (role: string, request: IncomingMessage, response: ServerResponse) => {
		const body = await readBody(request);
		const accesses = requestedAccesses(request, body.toString(), place) ?? [UNKNOWN_ACCESS];
		const denied = accesses
			.map((access) => ({ action: access.action, resource: iam.refused({ role, ...access }) }))
			.find(({ resource }) => resource !== undefined);
		if (denied === undefined) return next(replayed(request, body), response);
		const { action, resource } = denied;
		const message = `User: arn:aws:sts::${place.accountId}:assumed-role/${role} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
		refuse(addressedService(request) ?? '', message, response);
	};
	return (request, response) => {
		const role = accessKeyOf(request);
		if (role === undefined || !iam.roles.has(role)) return next(request, response);
		// A client that closes the connection during its request gets no answer.
		check(role, request, response).catch(() => response.destroy());
	};
}

/** No statement but `*` allows a request that cannot be read. */
const UNKNOWN_ACCESS = { action: 'unknown', resources: ['*'] };

/** Refuses in the words and the format of the called service. */
function refuse(service: string, message: string, response: ServerResponse): void {
	if (service === 'sns' || service === 's3') {
		const error = `<Error><Type>Sender</Type><Code>${service === 's3' ? 'AccessDenied' : 'AuthorizationError'}</Code><Message>${message}</Message></Error>`;
		response.writeHead(403, { 'content-type': 'text/xml' });
		response.end(service === 's3' ? error : `<ErrorResponse>${error}</ErrorResponse>`);
		return;
	}
	const code = service === 'sqs' ? 'AccessDenied' : 'AccessDeniedException';
	writeError(
		response,
		'application/json',
		new AwsError(code, message, service === 'lambda' || service === 'scheduler' ? 403 : 400),
	);
}

/** Returns the same request with its body unread. */
function replayed(request: IncomingMessage, body: Buffer): IncomingMessage {
	const again = Object.assign(new IncomingMessage(request.socket), {
		method: request.method,
		url: request.url,
		httpVersion: request.httpVersion,
		rawHeaders: request.rawHeaders,
		headers: request.headers,
		complete: true,
	});
	again.push(body);
	again.push(null);
	return again;
}

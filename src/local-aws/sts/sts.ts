import type { IncomingMessage } from 'node:http';
import { accessKeyOf } from '../endpoint/addressed-service.ts';
import type { HttpService } from '../endpoint/service.ts';
import { readBody } from '../read-body.ts';

/** The dependencies of STS. */
export interface StsOptions {
	readonly accountId: string;
	/** Whether an access key belongs to a role of the template. */
	readonly isRole: (accessKey: string) => boolean;
	readonly newId: () => string;
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Creates STS with its one operation GetCallerIdentity, which needs no permission. */
export function createSts(options: StsOptions): HttpService {
	return {
		signingName: 'sts',
		handle(request, response) {
			answer(request, options).then(
				({ status, body }) => response.writeHead(status, { 'content-type': 'text/xml' }).end(body),
				// The client has closed the connection in the middle of its request.
				() => response.destroy(),
			);
		},
	};
}

interface Answer {
	readonly status: number;
	readonly body: string;
}

async function answer(request: IncomingMessage, { accountId, isRole, newId }: StsOptions): Promise<Answer> {
	const action = await requestedAction(request);
	if (action !== 'GetCallerIdentity') {
		const message = `The local STS has no operation ${action}. It has: GetCallerIdentity.`;
		return {
			status: 400,
			body: `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${newId()}</RequestId></ErrorResponse>`,
		};
	}
	const accessKey = accessKeyOf(request) ?? 'anonymous';
	const user = escapeXml(accessKey);
	const arn = isRole(accessKey)
		? `arn:aws:sts::${accountId}:assumed-role/${user}/local`
		: `arn:aws:iam::${accountId}:user/${user}`;
	return {
		status: 200,
		body: `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>${user}</UserId><Account>${accountId}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>${newId()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
	};
}

/** The Query protocol names the operation in the form body or in the query string. */
async function requestedAction(request: IncomingMessage): Promise<string> {
	const body = new URLSearchParams(String(await readBody(request)));
	const query = new URLSearchParams(request.url?.split('?', 2)[1]);
	return body.get('Action') ?? query.get('Action') ?? '(none)';
}

function escapeXml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

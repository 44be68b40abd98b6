import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONWebKeySet } from 'jose';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { readBodyUpTo } from '../read-body.ts';
import { createAdmission } from './admission.ts';
import { type Answer, refusal, writeAnswer } from './answer.ts';
import { corsHeaders, withoutCorsHeaders } from './cors.ts';
import type { GatewaySettings } from './gateway-settings.ts';
import { createIntegration, type InvokeFunction } from './integration.ts';
import { createJwtAuthorizer } from './jwt-authorizer.ts';
import { buildEvent } from './request-event.ts';
import { type RequestHead, readFields, readHead } from './request-head.ts';

export type { GatewayRoute, GatewaySettings } from './gateway-settings.ts';

/** Dependencies of the gateway. */
export interface GatewayDependencies {
	readonly invoke: InvokeFunction;
	readonly clock: Clock;
	/** Creates the request IDs. */
	readonly newId: () => string;
	/** The public keys of a JWT issuer. */
	readonly keys: (issuer: string) => Promise<JSONWebKeySet>;
	/** Answers requests beside the API; returns whether it did. */
	readonly local?: (request: IncomingMessage, response: ServerResponse) => boolean;
	/** Receives the errors behind the gateway's own 500. */
	readonly log?: Pick<Log, 'error'>;
}

/** One request that is being answered. */
interface Exchange {
	readonly request: IncomingMessage;
	readonly requestId: string;
	/** Aborts when the client closes the connection. */
	readonly signal: AbortSignal;
}

/** Request limit of an HTTP API. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Creates an HTTP API with payload format 2.0, as a listener for `node:http`. */
export function createGateway(
	settings: GatewaySettings,
	{ invoke, clock, newId, keys, local, log }: GatewayDependencies,
): (request: IncomingMessage, response: ServerResponse) => void {
	const { cors } = settings;
	const admit = createAdmission(
		settings,
		createJwtAuthorizer(keys, () => clock.now()),
	);
	const integrate = createIntegration(invoke, clock);

	const passOn = async ({ request, requestId, signal }: Exchange, sent: RequestHead): Promise<Answer> => {
		const head = { ...sent, path: withoutBasePath(sent.path, settings.basePaths) };
		const admission = await admit(head);
		if (admission.outcome === 'answered') return admission.answer;
		const body = await readBodyUpTo(request, MAX_BODY_BYTES);
		if (body === 'too-large') return refusal(413);
		const { functionName, timeoutMs } = admission.route;
		const event = buildEvent({
			...admission,
			api: settings,
			request,
			head,
			fullPath: sent.path,
			body,
			requestId,
			nowMs: clock.now(),
		});
		const answer = await integrate({ functionName, event, timeoutMs, signal });
		return cors === undefined ? answer : { ...answer, headers: withoutCorsHeaders(answer.headers) };
	};

	const answerHead = (exchange: Exchange): Promise<Answer> | Answer => {
		const head = readHead(exchange.request);
		if (head === 'too-large') return refusal(431);
		if (head === 'malformed') return refusal(400);
		return passOn(exchange, head).catch((error: unknown) => {
			if (!exchange.signal.aborted) log?.error('The gateway failed', { path: head.path, error });
			return refusal(500);
		});
	};

	const answerTo = async (exchange: Exchange): Promise<Answer> => {
		const answer = await answerHead(exchange);
		if (cors === undefined) return answer;
		return { ...answer, headers: { ...answer.headers, ...corsHeaders(cors, readFields(exchange.request)) } };
	};

	return (request, response) => {
		if (local?.(request, response) === true) return;
		const requestId = newId();
		response.setHeader('apigw-requestid', requestId);
		const exchange = { request, requestId, signal: disconnectSignal(response) };
		void answerTo(exchange).then((answer) => writeAnswer(response, answer));
	};
}

/** The path within the API, if a request comes through an API mapping. */
function withoutBasePath(path: string, basePaths: readonly string[] = []): string {
	const basePath = basePaths.find((key) => path === `/${key}` || path.startsWith(`/${key}/`));
	return basePath === undefined ? path : path.slice(basePath.length + 1) || '/';
}

function disconnectSignal(response: ServerResponse): AbortSignal {
	const controller = new AbortController();
	response.once('close', () => {
		if (!response.writableFinished) controller.abort();
	});
	return controller.signal;
}

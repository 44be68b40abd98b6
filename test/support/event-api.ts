import awsLambdaFastify from '@fastify/aws-lambda';
import type { Context } from 'aws-lambda';
import type { Test } from 'tap';
import { httpEvent } from '../../src/deploy/code-cache/warm-up-events.ts';
import { callerOfEvent, type IdentitySettings } from '../../src/http/requests/caller.ts';
import { mappedPathOf, parseHttpEvent } from '../../src/http/requests/http-event.ts';
import { createTestApi } from './api.ts';

/** Identity settings as the deploy parameters set them by default. */
export const DEFAULT_IDENTITY: IdentitySettings = {
	auth: 'jwt',
	principalClaim: 'sub',
	scopeClaims: ['scope', 'scp'],
	scopePrefix: '',
	scopeNames: {
		'tasks:read': 'tasks:read',
		'tasks:write': 'tasks:write',
		'webhooks:write': 'webhooks:write',
		'schedules:write': 'schedules:write',
	},
};

/** Builds an event of API Gateway with verified claims. */
export function authorizedEvent(
	claims: Readonly<Record<string, unknown>>,
	method: string,
	path: string,
	body?: unknown,
) {
	const event = httpEvent(method, path, body === undefined ? undefined : JSON.stringify(body));
	return {
		...event,
		requestContext: { ...event.requestContext, authorizer: { jwt: { claims, scopes: null } } },
	};
}

/** The API behind `@fastify/aws-lambda`, as the function `api` composes it: callers come from events only. */
export function createEventApi(t: Test, identity: Partial<IdentitySettings> = {}) {
	const settings = { ...DEFAULT_IDENTITY, ...identity };
	const api = createTestApi(t, {
		findCaller: ({ awsLambda }) => callerOfEvent(settings, awsLambda.event),
		mappedPath: ({ awsLambda }) => mappedPathOf(awsLambda.event),
		scopeNames: settings.scopeNames,
	});
	const handle = awsLambdaFastify<unknown>(api.app, { parseCommaSeparatedQueryParams: false });
	const context: Context = {
		awsRequestId: 'request-1',
		callbackWaitsForEmptyEventLoop: true,
		functionName: 'api',
		functionVersion: '1',
		invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:api',
		memoryLimitInMB: '1024',
		logGroupName: 'api',
		logStreamName: 'api',
		getRemainingTimeInMillis: () => 10_000,
		done: () => undefined,
		fail: () => undefined,
		succeed: () => undefined,
	};
	/** Invokes the function, and parses a body that is JSON. */
	const invoke = async (event: unknown) => {
		const { statusCode, headers, body, isBase64Encoded } = await handle(parseHttpEvent(event), context);
		const isJson =
			isBase64Encoded !== true && String(headers['content-type']).includes('json') && body !== '';
		return { status: statusCode, headers, body: isJson ? JSON.parse(body) : body };
	};
	return { ...api, invoke };
}

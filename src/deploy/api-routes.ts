import * as Type from 'typebox';
import { parseJson } from '../parse.ts';

/** Deploy parameters that identify callers. */
export interface AuthSettings {
	readonly stage: string;
	/** `jwt`, or `none` for a stage without authentication. `prod` refuses `none`. */
	readonly auth: string;
	readonly jwtIssuer: string;
	/** Comma-separated: each Cognito app client is an audience. */
	readonly jwtAudience: string;
}

/**
 * Routes without an authorizer. `OPTIONS` is one, since a preflight has no token: API Gateway answers it only after the
 * authorizer of its route.
 */
const PUBLIC_ROUTES = [
	...['/v1/health', '/v1/openapi.json'].flatMap((path) => [`GET ${path}`, `HEAD ${path}`]),
	'OPTIONS /v1/{path+}',
];

/**
 * Builds the authorizers of the HTTP API. They demand no scopes, since providers name them differently: the app does.
 * @throws if a parameter is missing.
 */
export function apiAuthorizers(settings: AuthSettings): Record<string, object> {
	if (isOpen(settings)) return {};
	return {
		jwt: {
			type: 'jwt',
			identitySource: '$request.header.Authorization',
			issuerUrl: settings.jwtIssuer,
			audience: parseAudiences(settings.jwtAudience),
		},
	};
}

/**
 * Builds the events of the `api` function. It receives unknown paths too, so that they get a problem.
 * @throws if a parameter is missing.
 */
export function apiRoutes(settings: AuthSettings): object[] {
	const authorizer = isOpen(settings) ? {} : { authorizer: { name: 'jwt' } };
	return [
		...PUBLIC_ROUTES.map((route) => ({ httpApi: route })),
		{ httpApi: { method: '*', path: '/v1/{path+}', ...authorizer } },
		{ httpApi: '*' },
	];
}

/**
 * Builds the events of the `callbacks` function. The function itself guards the routes of callbacks and approvals: it checks
 * callback tokens and the tokens of approval links.
 * @throws if a parameter is missing.
 */
export function callbackRoutes(settings: AuthSettings): object[] {
	const authorizer = isOpen(settings) ? {} : { authorizer: { name: 'jwt' } };
	return [
		// Other methods reach the function too, because it knows which ones the path allows.
		{ httpApi: { method: '*', path: '/v1/callbacks/{callback_key}' } },
		{ httpApi: { method: '*', path: '/v1/approvals' } },
		{ httpApi: { method: '*', path: '/v1/callback-tokens', ...authorizer } },
		{ httpApi: 'OPTIONS /v1/callback-tokens' },
	];
}

/**
 * Builds the events of the `webhooks` function.
 * @throws if a parameter is missing.
 */
export function webhookRoutes(settings: AuthSettings): object[] {
	const authorizer = isOpen(settings) ? {} : { authorizer: { name: 'jwt' } };
	return [
		'/v1/webhooks',
		'/v1/webhooks/{path+}',
		'/v1/webhook-secret',
		'/v1/tasks/{task_id}/deliveries',
	].flatMap((path) => [{ httpApi: { method: '*', path, ...authorizer } }, { httpApi: `OPTIONS ${path}` }]);
}

/**
 * Builds the events of the `schedules` function.
 * @throws if a parameter is missing.
 */
export function scheduleRoutes(settings: AuthSettings): object[] {
	const authorizer = isOpen(settings) ? {} : { authorizer: { name: 'jwt' } };
	return ['/v1/schedules', '/v1/schedules/{path+}'].flatMap((path) => [
		{ httpApi: { method: '*', path, ...authorizer } },
		{ httpApi: `OPTIONS ${path}` },
	]);
}

/**
 * Returns the parameter `webhookAddresses`.
 * @throws for an unknown value, and for `loopback` in `prod`.
 */
export function checkedWebhookAddresses(stage: string, value: string): string {
	if (value !== 'public' && value !== 'loopback')
		throw new Error(`The parameter webhookAddresses must be public or loopback, got "${value}".`);
	if (stage === 'prod' && value === 'loopback')
		throw new Error(
			'Stage prod sends webhooks to public addresses only: remove --param="webhookAddresses=loopback".',
		);
	return value;
}

const CallbackTokens = Type.Record(Type.String({ pattern: '^\\S{8,}$' }), Type.String({ minLength: 1 }));

/**
 * Returns the parameter `callbackTokens` if the stage may have fixed callback tokens.
 *
 * @throws for `prod`, and for a value that is not a JSON object of token to principal.
 */
export function checkedCallbackTokens(stage: string, value: unknown): string {
	// osls parses a parameter that looks like JSON.
	const text = typeof value === 'string' ? value : JSON.stringify(value);
	const tokens = parseJson(CallbackTokens, text, 'callbackTokens');
	if (stage === 'prod' && Object.keys(tokens).length > 0)
		throw new Error('Stage prod has no fixed callback tokens: leave out --param="callbackTokens=...".');
	return text;
}

function parseAudiences(jwtAudience: string): string[] {
	return jwtAudience
		.split(',')
		.map((audience) => audience.trim())
		.filter((audience) => audience !== '');
}

function isOpen({ stage, auth, jwtIssuer, jwtAudience }: AuthSettings): boolean {
	if (auth === 'none') {
		if (stage === 'prod')
			throw new Error(
				'The stage prod requires authentication: remove --param="auth=none" and give jwtIssuer and jwtAudience.',
			);
		return true;
	}
	if (auth !== 'jwt') throw new Error(`The parameter auth must be jwt or none, got "${auth}".`);
	const missing = Object.entries({ jwtIssuer, jwtAudience }).flatMap(([name, value]) =>
		value === '' ? [name] : [],
	);
	if (missing.length > 0) {
		const given = missing.map((name) => `--param="${name}=..."`).join(' ');
		throw new Error(
			`Missing parameters: ${missing.join(', ')}. Give ${given}, or --param="auth=none" for a stage without authentication.`,
		);
	}
	return false;
}

import * as Type from 'typebox';
import { matches } from '../../parse.ts';
import { type Caller, SCOPES, type Scope } from '../plugins/principal.ts';

/** How a stage recognises callers. */
export interface IdentitySettings {
	/** `none`: the stage has no authorizer and every caller is the same principal. */
	readonly auth: 'jwt' | 'none';
	/** Claim that identifies the principal. */
	readonly principalClaim: string;
	/** Claims that list scopes, such as `scope`, `scp`, `roles` or `permissions`. */
	readonly scopeClaims: readonly string[];
	/** Prefix that the identity provider adds to each scope, such as `https://api.example.com/`. */
	readonly scopePrefix: string;
	/** Names of our scopes in tokens, without the prefix. */
	readonly scopeNames: Readonly<Record<Scope, string>>;
}

/** Reads the settings from the environment of a function. */
export function identitySettings(config: {
	readonly AUTH: 'jwt' | 'none';
	readonly PRINCIPAL_CLAIM: string;
	readonly SCOPE_CLAIMS: string;
	readonly SCOPE_PREFIX: string;
	readonly READ_SCOPE: string;
	readonly WRITE_SCOPE: string;
	readonly WEBHOOK_SCOPE: string;
	readonly SCHEDULE_SCOPE: string;
}): IdentitySettings {
	return {
		auth: config.AUTH,
		principalClaim: config.PRINCIPAL_CLAIM,
		scopeClaims: config.SCOPE_CLAIMS.split(',').map((claim) => claim.trim()),
		scopePrefix: config.SCOPE_PREFIX,
		scopeNames: {
			'tasks:read': config.READ_SCOPE,
			'tasks:write': config.WRITE_SCOPE,
			'webhooks:write': config.WEBHOOK_SCOPE,
			'schedules:write': config.SCHEDULE_SCOPE,
		},
	};
}

/** The claims that API Gateway's JWT authorizer has verified. It prints every claim as text. */
const AuthorizedEvent = Type.Object({
	requestContext: Type.Object({
		authorizer: Type.Object({
			jwt: Type.Object({ claims: Type.Record(Type.String(), Type.Unknown()) }),
		}),
	}),
});

/** The caller on a stage without an authorizer. */
const ANONYMOUS_CALLER: Caller = { principal: 'local', scopes: SCOPES };

/** Reads the caller from an HTTP API's event, which a client cannot forge; `undefined` without verified claims. */
export function callerOfEvent(settings: IdentitySettings, event: unknown): Caller | undefined {
	if (settings.auth === 'none') return ANONYMOUS_CALLER;
	if (!matches(AuthorizedEvent, event)) return undefined;
	const { claims } = event.requestContext.authorizer.jwt;
	const principal = claims[settings.principalClaim];
	if (typeof principal !== 'string' || principal === '') return undefined;
	const granted = new Set(
		settings.scopeClaims
			.flatMap((claim) => listScopes(claims[claim]))
			.map((scope) => withoutPrefix(scope, settings.scopePrefix)),
	);
	return { principal, scopes: SCOPES.filter((scope) => granted.has(settings.scopeNames[scope])) };
}

/** Lists the scopes of a claim: text separated by spaces, an array, or an array as API Gateway prints it: `[a b]`. */
function listScopes(claim: unknown): readonly string[] {
	if (Array.isArray(claim)) return claim.flatMap(listScopes);
	if (typeof claim !== 'string') return [];
	const [, printed = claim] = /^\[(.*)\]$/s.exec(claim.trim()) ?? [];
	return printed.split(/[\s,]+/).filter((scope) => scope !== '');
}

function withoutPrefix(scope: string, prefix: string): string {
	return scope.startsWith(prefix) ? scope.slice(prefix.length) : scope;
}

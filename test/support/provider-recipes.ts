import type { IdentitySettings } from '../../src/http/requests/caller.ts';

/** An access token of a provider, the parameters of its recipe, and the principal that follows. */
export interface ProviderRecipe {
	readonly claims: Readonly<Record<string, unknown>>;
	readonly settings?: Partial<IdentitySettings>;
	readonly principal: string;
}

export const ENTRA_SETTINGS: Partial<IdentitySettings> = {
	principalClaim: 'oid',
	scopeClaims: ['scp', 'roles'],
	scopeNames: {
		'tasks:read': 'Tasks.Read',
		'tasks:write': 'Tasks.Write',
		'webhooks:write': 'Webhooks.Write',
		'schedules:write': 'Schedules.Write',
	},
};

/** The claims of each provider's access tokens, and the parameters that src/deploy/identity-providers.md gives. */
export const RECIPES: Readonly<Record<string, ProviderRecipe>> = {
	'Cognito, a user': {
		claims: {
			sub: 'u1',
			client_id: 'c1',
			token_use: 'access',
			scope: 'task-api/tasks:read task-api/tasks:write',
		},
		settings: { scopePrefix: 'task-api/' },
		principal: 'u1',
	},
	'Okta, a service': {
		claims: { sub: '0oa1', cid: '0oa1', scp: ['tasks:read', 'tasks:write'] },
		principal: '0oa1',
	},
	'Entra ID, a user': {
		claims: { sub: 'pairwise', oid: 'o1', scp: 'Tasks.Read Tasks.Write' },
		settings: ENTRA_SETTINGS,
		principal: 'o1',
	},
	'Entra ID, an app': {
		claims: { sub: 'pairwise', oid: 'o2', roles: ['Tasks.Read', 'Tasks.Write'] },
		settings: ENTRA_SETTINGS,
		principal: 'o2',
	},
	'Auth0 with RBAC': {
		claims: { sub: 'auth0|5f7', scope: 'openid', permissions: ['tasks:read', 'tasks:write'] },
		settings: { scopeClaims: ['scope', 'permissions'] },
		principal: 'auth0|5f7',
	},
	Keycloak: {
		claims: { sub: 'k1', scope: 'openid profile tasks:read tasks:write', azp: 'web' },
		principal: 'k1',
	},
};

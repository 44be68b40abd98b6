import type { CorsSettings } from './cors.ts';
import type { JwtRequirement } from './jwt-authorizer.ts';

/** One route of an HTTP API, to one function. */
export interface GatewayRoute {
	/** `POST /v1/tasks`, `GET /v1/tasks/{task_id}`, `ANY /{proxy+}` or `$default`. */
	readonly routeKey: string;
	readonly functionName: string;
	/** Default: every request is allowed. */
	readonly authorizer?: JwtRequirement;
	/** How long the integration may take, at most 30,000. */
	readonly timeoutMs?: number;
}

/** The members of `requestContext` that identify the API. */
export interface ApiIdentity {
	readonly accountId: string;
	readonly apiId: string;
	readonly region: string;
	/** `$default`, or a name that prefixes every path. */
	readonly stage: string;
}

/** An HTTP API, as its template describes it. */
export interface GatewaySettings extends ApiIdentity {
	readonly routes: readonly GatewayRoute[];
	/** Base paths of API mappings, without slashes at the ends: `rawPath` lacks them, `requestContext.http.path` has them. */
	readonly basePaths?: readonly string[];
	readonly cors?: CorsSettings;
}

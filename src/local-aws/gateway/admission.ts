import { type Answer, emptyAnswer, refusal } from './answer.ts';
import { isPreflight } from './cors.ts';
import type { GatewayRoute, GatewaySettings } from './gateway-settings.ts';
import type { Authorization, JwtAuthorizer, VerifiedToken } from './jwt-authorizer.ts';
import type { RequestHead } from './request-head.ts';
import { createRouteSelector } from './route-selector.ts';

/** A request that is passed to its function. */
export interface Admitted {
	readonly outcome: 'admitted';
	readonly route: GatewayRoute;
	readonly pathParameters: Readonly<Record<string, string>>;
	/** Undefined on a route without an authorizer. */
	readonly token: VerifiedToken | undefined;
}

/** The decision on a request: pass it to the function, or answer it. */
export type Admission = Admitted | { readonly outcome: 'answered'; readonly answer: Answer };

/** Creates the admission: it selects the route, calls its authorizer and answers preflights. */
export function createAdmission(
	{ routes, stage, cors }: GatewaySettings,
	authorize: JwtAuthorizer,
): (head: RequestHead) => Promise<Admission> {
	const selectRoute = createRouteSelector(routes);
	return async (head) => {
		const path = pathWithinStage(head.path, stage);
		const selected = path === undefined ? undefined : selectRoute(head.method, path);
		const requirement = selected?.route.authorizer;
		const authorization = requirement && (await authorize(head.headers.get('authorization'), requirement));
		if (authorization !== undefined && authorization.outcome !== 'allowed') {
			return { outcome: 'answered', answer: challenge(authorization) };
		}
		// After the authorizer, as on AWS: a preflight has no token, so a route with one for `ANY` refuses it.
		if (cors !== undefined && isPreflight(head)) return { outcome: 'answered', answer: emptyAnswer() };
		if (selected === undefined) return { outcome: 'answered', answer: refusal(404) };
		return { outcome: 'admitted', ...selected, token: authorization?.token };
	};
}

function challenge({ outcome, challenge: value }: Exclude<Authorization, { outcome: 'allowed' }>): Answer {
	return refusal(outcome === 'unauthorized' ? 401 : 403, { 'www-authenticate': value });
}

/** Returns the path within the stage, or undefined for another stage. */
function pathWithinStage(path: string, stage: string): string | undefined {
	if (stage === '$default') return path;
	if (path === `/${stage}`) return '/';
	return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : undefined;
}

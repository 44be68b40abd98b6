/** The route for a request with the values of its path variables. */
export interface SelectedRoute<Route> {
	readonly route: Route;
	/** Empty for a route without variables. */
	readonly pathParameters: Readonly<Record<string, string>>;
}

type Segment =
	| { readonly kind: 'fixed'; readonly text: string }
	| { readonly kind: 'variable' | 'greedy'; readonly name: string };

interface Pattern<Route> {
	readonly route: Route;
	readonly method: string;
	readonly segments: readonly Segment[];
	/** Sorts the best match first: one digit a segment, then one for the method. */
	readonly rank: string;
}

const RANK_OF_KIND = { fixed: '0', variable: '1', greedy: '2' } as const satisfies Record<
	Segment['kind'],
	string
>;

/** After every path, since a path begins with a fixed segment. */
const RANK_OF_DEFAULT = '3';

const ROUTE_KEY = /^(?<method>[A-Z]+) (?<path>\/\S*)$/;

/**
 * Chooses a route as an HTTP API does: the most specific path, segment by segment, then a method of its own before
 * `ANY`, and `$default` if no other route matches.
 * Rule: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function createRouteSelector<Route extends { readonly routeKey: string }>(
	routes: readonly Route[],
): (method: string, path: string) => SelectedRoute<Route> | undefined {
	const patterns = routes.map(parseRoute).toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
	return (method, path) => {
		const parts = path.split('/');
		for (const { route, method: ofRoute, segments, rank } of patterns) {
			if (rank === RANK_OF_DEFAULT) return { route, pathParameters: {} };
			if (ofRoute !== 'ANY' && ofRoute !== method) continue;
			const pathParameters = matchSegments(segments, parts);
			if (pathParameters !== undefined) return { route, pathParameters };
		}
		return undefined;
	};
}

function parseRoute<Route extends { readonly routeKey: string }>(route: Route): Pattern<Route> {
	if (route.routeKey === '$default') return { route, method: 'ANY', segments: [], rank: RANK_OF_DEFAULT };
	const { method, path } = ROUTE_KEY.exec(route.routeKey)?.groups ?? {};
	if (method === undefined || path === undefined) {
		throw new Error(`The route key ${route.routeKey} is neither "$default" nor "METHOD /path".`);
	}
	const segments = path.split('/').map(parseSegment);
	const rank = segments.map(({ kind }) => RANK_OF_KIND[kind]).join('') + (method === 'ANY' ? '1' : '0');
	return { route, method, segments, rank };
}

function parseSegment(text: string): Segment {
	const { name, plus } = /^\{(?<name>[^{}+]+)(?<plus>\+?)\}$/.exec(text)?.groups ?? {};
	if (name === undefined) return { kind: 'fixed', text };
	return { kind: plus === '+' ? 'greedy' : 'variable', name };
}

/** Returns the values of the variables, or undefined if the path does not match. A variable is never empty. */
function matchSegments(
	segments: readonly Segment[],
	parts: readonly string[],
): Record<string, string> | undefined {
	const isGreedy = segments.at(-1)?.kind === 'greedy';
	if (isGreedy ? parts.length < segments.length : parts.length !== segments.length) return undefined;
	const values: [string, string][] = [];
	for (const [index, segment] of segments.entries()) {
		const part = segment.kind === 'greedy' ? parts.slice(index).join('/') : (parts[index] ?? '');
		if (segment.kind === 'fixed') {
			if (segment.text !== part) return undefined;
		} else {
			if (part === '') return undefined;
			values.push([segment.name, part]);
		}
	}
	return Object.fromEntries(values);
}

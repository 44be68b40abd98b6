import * as Type from 'typebox';
import type { GatewayRoute, GatewaySettings } from '../gateway/gateway.ts';
import { textOf } from '../json.ts';
import { parseValue } from '../parse.ts';
import type { ResolvedTemplate, Resource } from '../template/resolve-template.ts';

const RouteProperties = Type.Object({
	RouteKey: Type.String(),
	Target: Type.String(),
	AuthorizerId: Type.Optional(Type.String()),
	AuthorizationScopes: Type.Optional(Type.Array(Type.String())),
});
const IntegrationProperties = Type.Object({
	IntegrationUri: Type.String(),
	TimeoutInMillis: Type.Optional(Type.Integer()),
});
const AuthorizerProperties = Type.Object({
	JwtConfiguration: Type.Object({ Audience: Type.Array(Type.String()), Issuer: Type.String() }),
});
const CorsConfiguration = Type.Object({
	AllowOrigins: Type.Optional(Type.Array(Type.String())),
	AllowMethods: Type.Optional(Type.Array(Type.String())),
	AllowHeaders: Type.Optional(Type.Array(Type.String())),
	ExposeHeaders: Type.Optional(Type.Array(Type.String())),
	MaxAge: Type.Optional(Type.Integer()),
	AllowCredentials: Type.Optional(Type.Boolean()),
});
const ApiProperties = Type.Object({ CorsConfiguration: Type.Optional(CorsConfiguration) });

/** Returns the settings of the template's HTTP API; without one, the gateway has no routes. */
export function apiSettings(
	{ resources }: ResolvedTemplate,
	place: { readonly region: string; readonly accountId: string },
): GatewaySettings {
	const api = resources.find(({ type }) => type === 'AWS::ApiGatewayV2::Api');
	if (api === undefined) return { ...place, apiId: 'none', stage: '$default', routes: [] };
	const byRef = new Map(resources.map((resource) => [resource.ref, resource]));
	const routes = resources
		.filter(({ type }) => type === 'AWS::ApiGatewayV2::Route')
		.map((route) => gatewayRoute(route, byRef));
	const { CorsConfiguration: cors } = parseValue(ApiProperties, api.properties, api.logicalId);
	const stage = resources.find(({ type }) => type === 'AWS::ApiGatewayV2::Stage');
	const basePaths = resources
		.filter(({ type }) => type === 'AWS::ApiGatewayV2::ApiMapping')
		.map(({ properties }) => textOf(properties['ApiMappingKey']))
		.filter((key) => key !== '');
	return {
		...place,
		apiId: api.ref,
		stage: stage?.ref ?? '$default',
		basePaths,
		routes,
		...(cors === undefined ? {} : { cors: camelCased(cors) }),
	};
}

function gatewayRoute(
	{ logicalId, properties }: Resource,
	byRef: ReadonlyMap<string, Resource>,
): GatewayRoute {
	const {
		RouteKey,
		Target,
		AuthorizerId,
		AuthorizationScopes = [],
	} = parseValue(RouteProperties, properties, logicalId);
	const integration = byRef.get(Target.replace('integrations/', ''));
	const { IntegrationUri, TimeoutInMillis } = parseValue(
		IntegrationProperties,
		integration?.properties,
		`the integration of ${logicalId}`,
	);
	const authorizer = AuthorizerId === undefined ? undefined : byRef.get(AuthorizerId);
	return {
		routeKey: RouteKey,
		functionName: IntegrationUri,
		...(TimeoutInMillis === undefined ? {} : { timeoutMs: TimeoutInMillis }),
		...(authorizer === undefined
			? {}
			: { authorizer: { ...jwtOf(authorizer), scopes: AuthorizationScopes } }),
	};
}

function jwtOf({ logicalId, properties }: Resource): { issuer: string; audience: string[] } {
	const { JwtConfiguration } = parseValue(AuthorizerProperties, properties, logicalId);
	return { issuer: JwtConfiguration.Issuer, audience: JwtConfiguration.Audience };
}

function camelCased(cors: object): NonNullable<GatewaySettings['cors']> {
	return Object.fromEntries(
		Object.entries(cors).map(([name, value]) => [`${name.slice(0, 1).toLowerCase()}${name.slice(1)}`, value]),
	);
}

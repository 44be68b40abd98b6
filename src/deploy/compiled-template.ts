/** A resource of the template that osls compiles. */
export interface CompiledResource {
	readonly Type: string;
	readonly Properties?: Readonly<Record<string, unknown>>;
	readonly [attribute: string]: unknown;
}

/** All resources of a template, by logical id. */
export type CompiledResources = Readonly<Record<string, CompiledResource>>;

/** The logical ids of all resources of a type. */
export function idsOfType(resources: CompiledResources, type: string): string[] {
	return Object.keys(resources).filter((logicalId) => resources[logicalId]?.Type === type);
}

/** The logical id of a function without the suffix that osls adds: `Api` for `ApiLambdaFunction`. */
export function functionName(functionId: string): string {
	return functionId.replace(/LambdaFunction$/, '');
}

/** The alias that routes, queues and state machines call. A deploy moves it from the old version to the new one. */
export const LIVE = 'live';

/** The logical id of a function's alias. */
export function liveAliasId(functionId: string): string {
	return `${functionName(functionId)}LiveAlias`;
}

/** The functions to which resources of a type send events: `AWS::ApiGatewayV2::Integration`, for example. */
export function functionsCalledBy(resources: CompiledResources, type: string): string[] {
	const callers = idsOfType(resources, type).map((id) => JSON.stringify(resources[id]?.Properties));
	return idsOfType(resources, 'AWS::Lambda::Function').filter((functionId) =>
		callers.some((text) => [functionId, liveAliasId(functionId)].some((id) => text.includes(`"${id}"`))),
	);
}

/** A resource of the template that osls compiles. */
export interface CompiledResource {
	readonly Type: string;
	readonly Properties?: Readonly<Record<string, unknown>>;
	readonly [attribute: string]: unknown;
}

export type CompiledResources = Readonly<Record<string, CompiledResource>>;

/** The logical ids of all resources of a type. */
export function idsOfType(resources: CompiledResources, type: string): string[] {
	return Object.keys(resources).filter((logicalId) => resources[logicalId]?.Type === type);
}

/** `ApiLambdaFunction`, as osls calls it, without its ending. */
export function functionName(functionId: string): string {
	return functionId.replace(/LambdaFunction$/, '');
}

/** The alias that routes, queues and state machines call; a deploy moves it from the old version to the new. */
export const LIVE = 'live';

/** The logical id of a function's alias, by the logical id of the function. */
export function liveAliasId(functionId: string): string {
	return `${functionName(functionId)}LiveAlias`;
}

import type { FastifySchemaControllerOptions } from 'fastify/types/schema.js';

/** Fastify's factory of validators for the schemas of routes. */
export type BuildValidator = NonNullable<
	NonNullable<FastifySchemaControllerOptions['compilersFactory']>['buildValidator']
>;

/** `undefined` in sources: Fastify compiles the schemas at start. The build replaces this module by compiled validators. */
export const buildValidator: BuildValidator | undefined = undefined;

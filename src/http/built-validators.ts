import type { FastifySchemaControllerOptions } from 'fastify/types/schema.js';

/** How the schemas of routes become validators. */
export type BuildValidator = NonNullable<
	NonNullable<FastifySchemaControllerOptions['compilersFactory']>['buildValidator']
>;

/** Absent: Fastify compiles the schemas when the app starts. In a bundle stands here what the build has compiled. */
export const buildValidator: BuildValidator | undefined = undefined;

import fastify, { type FastifyInstance } from 'fastify';
import * as Type from 'typebox';
import { type BuildValidator, buildValidator } from '../../../src/http/built-validators.ts';
import { parseValue } from '../../../src/parse.ts';

const Hostname = Type.String({ format: 'hostname' });

/** A Fastify plugin with metadata, as `fastify-plugin` sets it. Fastify compares the version when it registers the plugin. */
async function addGreeting(app: FastifyInstance): Promise<void> {
	app.decorate('greeting', 'hello');
}
const METADATA = { name: 'greeting', fastify: '5.x' };
Object.assign(addGreeting, {
	[Symbol.for('skip-override')]: true,
	[Symbol.for('plugin-meta')]: METADATA,
	[Symbol.for('fastify.display-name')]: METADATA.name,
});

/** An app whose schema has a format with tables of its own, and whose plugin has metadata. */
export function createFixtureApp(given: BuildValidator | undefined): FastifyInstance {
	const app = fastify(
		given === undefined ? {} : { schemaController: { compilersFactory: { buildValidator: given } } },
	);
	app.register(addGreeting);
	app.post('/hosts', { schema: { body: Type.Object({ host: Hostname }) } }, async ({ body }) => ({
		host: parseValue(Hostname, Object(body).host, 'host'),
		hasPlugin: app.hasDecorator('greeting'),
	}));
	return app;
}

const app = createFixtureApp(buildValidator);

/** The status and the body of a POST with this host. */
export async function handler(host: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
	const response = await app.inject({ method: 'POST', url: '/hosts', payload: { host } });
	return { status: response.statusCode, body: response.json() };
}

/** Resolves when the app has loaded its plugins. */
export const ready = app.ready();

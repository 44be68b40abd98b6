import { StandaloneValidator } from '@fastify/ajv-compiler';
import { createApp, createCallbacksApp, createSchedulesApp, createWebhooksApp } from '../../http/app.ts';
import type { BuildValidator } from '../../http/built-validators.ts';
import { INERT_API } from './inert-api.ts';

/** The part of a Fastify app that compiles its schemas. */
interface StartableApp {
	ready(): PromiseLike<unknown>;
}

/**
 * Compiles the validators of every route with Fastify's standalone compiler.
 * Returns the source of each as a CommonJS module, by `<method> <url> <part>`.
 */
export async function compileValidators(
	createApps: readonly ((buildValidator: BuildValidator) => StartableApp)[],
): Promise<Record<string, string>> {
	const sources: Record<string, string> = {};
	const buildValidator = StandaloneValidator({
		readMode: false,
		storeFunction({ method, url, httpPart }, source) {
			// Fastify adds a HEAD route with the same schemas to each GET route.
			if (method !== 'HEAD') sources[`${method} ${url} ${httpPart}`] = source;
		},
	});
	for (const create of createApps) await create(buildValidator).ready();
	return sources;
}

// The build runs this file in a process of its own, so that it sees the workflows as they are now.
if (import.meta.main) {
	const sources = await compileValidators([
		(buildValidator) => createApp({ ...INERT_API, buildValidator }),
		(buildValidator) => createCallbacksApp({ ...INERT_API, buildValidator }),
		(buildValidator) => createWebhooksApp({ ...INERT_API, buildValidator }),
		(buildValidator) => createSchedulesApp({ ...INERT_API, buildValidator }),
	]);
	process.stdout.write(JSON.stringify(sources));
}

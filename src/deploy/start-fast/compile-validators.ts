import { StandaloneValidator } from '@fastify/ajv-compiler';
import { createApp, createCallbacksApp } from '../../http/app.ts';
import { HttpEvent } from '../../http/http-event.ts';
import { Task } from '../../tasks/task.ts';
import { INERT_API } from './inert-api.ts';

/** What every request parses besides its own parts. */
const PARSED_ALWAYS = [Task, HttpEvent];

/**
 * A process of its own, so that it knows the workflows of now: prints the code of each route's validators, and of the
 * checks that `parse.ts` asks for, as JSON.
 */
const validators: Record<string, string> = {};
const checks: Record<string, string> = {};

const buildValidator = StandaloneValidator({
	readMode: false,
	storeFunction({ method, url, httpPart }, code) {
		// Fastify gives each GET a HEAD of the same schemas.
		if (method !== 'HEAD') validators[`${method} ${url} ${httpPart}`] = code;
	},
});
for (const create of [createApp, createCallbacksApp]) await create({ ...INERT_API, buildValidator }).ready();

const buildCheck = StandaloneValidator({
	readMode: false,
	storeFunction({ schema }, code) {
		checks[Object(schema).$id] = code;
	},
})({}, { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } });
for (const schema of PARSED_ALWAYS) buildCheck({ schema, method: '', url: '', httpPart: '' });

process.stdout.write(JSON.stringify({ validators, checks }));

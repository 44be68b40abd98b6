import { StandaloneValidator } from '@fastify/ajv-compiler';
import { createApp, createCallbacksApp } from '../../http/app.ts';
import { INERT_API } from './inert-api.ts';

/** A process of its own, so that it knows the workflows of now: prints the code of each route's validators as JSON. */
const validators: Record<string, string> = {};

const buildValidator = StandaloneValidator({
	readMode: false,
	storeFunction({ method, url, httpPart }, code) {
		validators[`${method} ${url} ${httpPart}`] = code;
	},
});
for (const create of [createApp, createCallbacksApp]) await create({ ...INERT_API, buildValidator }).ready();
process.stdout.write(JSON.stringify(validators));

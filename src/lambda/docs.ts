import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import awsLambdaFastify from '@fastify/aws-lambda';
import type { Context } from 'aws-lambda';
import { withInvocation } from '../aws/invocation.ts';
import { createLog } from '../aws/log.ts';
import { createDocsApp } from '../http/app.ts';
import { parseHttpEvent } from '../http/requests/http-event.ts';

const fileOf = (name: string) => join(__dirname, 'documents', name);

const app = createDocsApp({
	readDocument: (name) => readFile(fileOf(name), 'utf8'),
	readDocsScript: () => readFile(fileOf('scalar.js.gz')),
	findCaller: () => undefined,
	log: createLog(),
});

const handleEvent = awsLambdaFastify<unknown>(app, { parseCommaSeparatedQueryParams: false });

/** Handles the events of API Gateway. */
export const handler = withInvocation((event, context: Context) =>
	handleEvent(parseHttpEvent(event), context),
);

/** Starts while the function loads, so that no request waits for it. */
export const ready = app.ready();

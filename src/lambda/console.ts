import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import awsLambdaFastify from '@fastify/aws-lambda';
import type { Context } from 'aws-lambda';
import { withInvocation } from '../aws/invocation.ts';
import { createLog } from '../aws/log.ts';
import { ConsoleEnvironment, parseConfig } from '../config.ts';
import { createConsoleApp } from '../http/app.ts';
import { mappedPathOf, parseHttpEvent } from '../http/requests/http-event.ts';

const { AUTH } = parseConfig(ConsoleEnvironment);

const app = createConsoleApp({
	readConsoleFile: (name) => readFile(join(__dirname, 'console', name), 'utf8'),
	consoleSettings: { auth: AUTH, isLocal: false },
	findCaller: () => undefined,
	mappedPath: (request) => mappedPathOf(request.awsLambda.event),
	log: createLog(),
});

const handleEvent = awsLambdaFastify<unknown>(app, { parseCommaSeparatedQueryParams: false });

/** Handles the events of API Gateway. */
export const handler = withInvocation((event, context: Context) =>
	handleEvent(parseHttpEvent(event), context),
);

/** Starts while the function loads, so that no request waits for it. */
export const ready = app.ready();

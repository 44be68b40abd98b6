import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSlackReceiver } from '../../local/slack-receiver.ts';
import { createGateway } from '../gateway/gateway.ts';
import { createLocalIssuer } from '../gateway/local-issuer.ts';
import { createLocalRoutes } from '../gateway/local-routes.ts';
import type { ResolvedTemplate } from '../template/resolve-template.ts';
import { apiSettings } from './api-settings.ts';
import type { StackOptions } from './boot-stack.ts';
import { PLACE, type Services } from './services.ts';

/** The template's HTTP API, and what `npm start` offers beside it under `/_local/`. */
export function openGateway(
	resolved: ResolvedTemplate,
	{ awsEndpoint, lambda, faults }: Services,
	{ clock, issuer: name, audience, tasksPerMinute, log }: StackOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
	const common = { clock, newId: randomUUID, log };
	const issuer = createLocalIssuer({ ...common, issuer: name, audience });
	/** Changes the environment of a function of the template, by its logical id. */
	const configure = (logicalId: string, environment: Readonly<Record<string, string>>) => {
		const found = resolved.resources.find((resource) => resource.logicalId === logicalId);
		if (found !== undefined) lambda.configure(found.ref, environment);
	};
	if (tasksPerMinute !== undefined)
		configure('ApiLambdaFunction', { TASKS_PER_MINUTE: String(tasksPerMinute) });
	faults.onChange((rates) => {
		configure('GreetingStepsLambdaFunction', {
			GREETING_TRANSIENT_RATE: String(rates['greeting.transient']),
		});
	});
	return createGateway(apiSettings(resolved, PLACE), {
		...common,
		invoke: (functionName, payload, signal) => lambda.invoke(functionName, payload, signal),
		keys: async () => issuer.jwks(),
		local: createLocalRoutes({
			issuer,
			slack: createSlackReceiver(),
			faults,
			stack: () => ({ aws_endpoint: awsEndpoint, region: PLACE.region, outputs: resolved.outputs }),
		}),
	});
}

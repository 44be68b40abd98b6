import type { Stack, StackOptions } from './stack/stack-options.ts';

export { type Clock, createSystemClock } from './clock.ts';
export type { LocalRoute } from './gateway/local-routes.ts';
export { type Log, type LogFields, SILENT } from './log.ts';
export { UnexpectedShapeError } from './parse.ts';
export { checkDataDir, DataDirError } from './stack/data-dir.ts';
export { exitOnFullDisk } from './stack/exit-on-full-disk.ts';
export { checkPort, PortUnavailableError } from './stack/listen.ts';
export { LOCAL_CREDENTIALS } from './stack/local-credentials.ts';
export type {
	FunctionEnvironments,
	ResourceChange,
	Spy,
	Stack,
	StackOptions,
	StackUpdate,
} from './stack/stack-options.ts';
export { checkDefinition } from './step-functions/parse-definition.ts';

/**
 * Starts a stack: opens the services, creates the template's resources in dependency order, then opens the HTTP API. The
 * services are loaded by the first call, since that takes a second.
 * @throws if the template is invalid, a resource cannot be created, or a port is in use. Everything opened is closed again.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
	const services = await import('./stack/start-stack.ts');
	return services.startStack(options);
}

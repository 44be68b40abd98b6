export { type Clock, createSystemClock } from './clock.ts';
export type { LocalRoute } from './gateway/local-routes.ts';
export { type Log, type LogFields, SILENT } from './log.ts';
export { UnexpectedShapeError } from './parse.ts';
export { LOCAL_CREDENTIALS } from './stack/aws-clients.ts';
export { checkDataDir, DataDirError } from './stack/data-dir.ts';
export { exitOnFullDisk } from './stack/exit-on-full-disk.ts';
export { checkPort, PortUnavailableError } from './stack/listen.ts';
export type {
	FunctionEnvironments,
	ResourceChange,
	Spy,
	Stack,
	StackOptions,
	StackUpdate,
} from './stack/stack-options.ts';
export { startStack } from './stack/start-stack.ts';
export { checkDefinition } from './step-functions/parse-definition.ts';

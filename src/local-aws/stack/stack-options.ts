import type { RequestListener } from 'node:http';
import type { Clock } from '../clock.ts';
import type { LocalRoute } from '../gateway/local-routes.ts';
import type { Iam } from '../iam/iam.ts';
import type { Invocations } from '../lambda/metered-lambda.ts';
import type { Log } from '../log.ts';
import type { QueuedMessage } from '../messaging/messaging.ts';

/** Environment variables of functions, by the functions' logical IDs. A function that the template lacks is ignored. */
export type FunctionEnvironments = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A stack to start from a CloudFormation template. */
export interface StackOptions {
	/** The packaged CloudFormation template, as parsed JSON. */
	readonly template: unknown;
	/** Absolute path of the folder that contains the functions' code; `Handler` is resolved against it. */
	readonly projectDir: string;
	/** Default: `local`. */
	readonly stackName?: string;
	/** Values for the template's parameters. */
	readonly parameters?: Readonly<Record<string, string>>;
	/** Port of the HTTP API. Default: any free port. */
	readonly port?: number;
	/** Port of the AWS endpoint. Default: any free port. */
	readonly awsPort?: number;
	/** Absolute path of a folder that keeps all data across restarts. Default: in memory. */
	readonly dataDir?: string;
	/**
	 * Secret values that replace the template's, by logical ID. A function receives the URL of the HTTP API. An existing
	 * secret gets the new value too.
	 */
	readonly secrets?: Readonly<Record<string, string | ((url: string) => string)>>;
	/** Environment variables in addition to the template's. */
	readonly environment?: FunctionEnvironments;
	/** Fault switches in addition to the built-in ones: each maps its rate (0 to 1) to environment variables. */
	readonly faults?: Readonly<Record<string, (rate: number) => FunctionEnvironments>>;
	/** Routes in addition to the built-in `/_local/` ones, by `METHOD /_local/path`. */
	readonly routes?: Readonly<Record<string, LocalRoute>>;
	/** Listeners beside the HTTP API, by exact path, or by prefix such as `/docs/*`. */
	readonly pages?: Readonly<Record<string, RequestListener>>;
	/** Whether functions may run longer than their timeout, because a debugger may stop them. Default: `false`. */
	readonly isDebugged?: boolean;
	/** Default: the system clock. */
	readonly clock?: Clock;
	/** Receives the log output of functions and services. Default: discarded. */
	readonly log?: Log;
}

/** Records of the calls that a stack has served so far. */
export interface Spy {
	/** Number of calls by functions, by IAM action such as `dynamodb:PutItem`. */
	actions(): Readonly<Record<string, number>>;
	/** Invocations and their duration, by function name. */
	invocations(): Readonly<Record<string, Invocations>>;
	/** The roles in the template with their statements, by role name. */
	readonly roles: Iam['roles'];
	/** Distinct calls by role, allowed or denied. */
	uses: Iam['uses'];
	/** The latest 1,000 messages that arrived in queues, newest last. */
	messages(): readonly QueuedMessage[];
}

/** A resource that an update has created, changed or deleted. */
export interface ResourceChange {
	readonly kind: 'created' | 'updated' | 'deleted';
	readonly logicalId: string;
	readonly type: string;
}

/** The result of an update. */
export interface StackUpdate {
	readonly applied: readonly ResourceChange[];
	/** Resources that keep their former properties, with the reason. */
	readonly failed: readonly { readonly logicalId: string; readonly message: string }[];
}

/** A running stack. */
export interface Stack {
	/** Base URL of the HTTP API. */
	readonly url: string;
	/** Value for `AWS_ENDPOINT_URL`; serves all emulated services. */
	readonly awsEndpoint: string;
	readonly region: string;
	/** Outputs of the template. */
	readonly outputs: Readonly<Record<string, string>>;
	readonly spy: Spy;
	/** Logical IDs of the created resources by kind, and of the unsupported ones. */
	readonly summary: readonly (readonly [kind: string, names: readonly string[]])[];
	/**
	 * Loads the code of functions again, of all or of those with these handlers. Invocations in flight finish on the old code.
	 */
	reload(handlers?: ReadonlySet<string>): void;
	/**
	 * Applies the differences between the current template and a new one, as an update of a CloudFormation stack does.
	 * Running executions keep their definition. @throws if the template is invalid; nothing is applied then.
	 */
	update(template: unknown): Promise<StackUpdate>;
	close(): Promise<void>;
}

/** A function as the template declares it. */
export interface FunctionSettings {
	readonly name: string;
	readonly arn: string;
	/** `<path without extension>.<export>`, from the folder of the code. */
	readonly handler: string;
	/** Folder of the code. Default: the project's folder. */
	readonly codeDir?: string;
	readonly timeoutMs: number;
	readonly memoryMb: number;
	readonly environment: Readonly<Record<string, string>>;
	/** ARN of the execution role. */
	readonly role?: string;
	/** Names of its aliases, each of which points to version 1. */
	readonly aliases?: readonly string[];
}

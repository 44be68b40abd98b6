/** The operations of a generated client, as the test calls them. */
export interface ExercisedClient {
	/** Creates a greeting and returns its ID. */
	create(name: string): Promise<string | undefined>;
	/** Creates a batch of one greeting and returns the IDs of the accepted tasks. */
	createBatch(name: string): Promise<readonly (string | undefined)[]>;
	/** Returns the message of a greeting that succeeded; undefined before. */
	message(taskId: string): Promise<string | undefined>;
	/** Returns the IDs of the newest tasks. */
	list(): Promise<readonly string[]>;
}

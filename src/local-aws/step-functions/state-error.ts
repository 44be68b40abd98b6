/** What is known of a failure besides its name and cause. */
interface StateErrorOptions {
	/** A second name that retriers and catchers know it by. */
	readonly alias?: string;
	/** The field whose expression failed, such as `Arguments/Payload`. */
	readonly location?: string;
}

/** A failure of a state or an execution in the words of the Amazon States Language: an error name and a cause. */
export class StateError extends Error {
	override readonly name = 'StateError';
	readonly error: string;
	readonly why: string | undefined;
	readonly alias: string | undefined;
	readonly location: string | undefined;

	constructor(error: string, why?: string, { alias, location }: StateErrorOptions = {}) {
		super(why === undefined ? error : `${error}: ${why}`);
		this.error = error;
		this.why = why;
		this.alias = alias;
		this.location = location;
	}
}

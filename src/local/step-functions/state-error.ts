/** A failure of a state or an execution in the words of the Amazon States Language: an error name and a cause. */
export class StateError extends Error {
	override readonly name = 'StateError';
	readonly error: string;
	readonly why: string | undefined;

	constructor(error: string, why?: string) {
		super(why === undefined ? error : `${error}: ${why}`);
		this.error = error;
		this.why = why;
	}
}

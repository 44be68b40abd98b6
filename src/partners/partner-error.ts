/** What Step Functions sees of a partner that did not do its part; `Retry` and `Catch` match these names. */
export type PartnerErrorName =
	/** It does not take our token. */
	| 'PartnerUnauthorized'
	/** It does not answer, or not now: a later attempt may find it well. */
	| 'PartnerUnavailable'
	/** It refuses this request, and will again. */
	| 'PartnerRejected'
	/** It answered what was not agreed on. */
	| 'PartnerAnswerInvalid';

/** Neither token nor URL nor what the partner said is in the message: it reaches clients. */
export class PartnerError extends Error {
	override readonly name: PartnerErrorName;
	readonly code = 'partner';

	constructor(name: PartnerErrorName, message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = name;
	}
}

/**
 * What a partner API can do to us. Step Functions matches these names in Retry and Catch:
 * - `PartnerUnauthorized`: our token is refused, also after it was read again (401), or may not do this (403);
 * - `PartnerUnavailable`: no answer in time, a broken connection, 429 or 5xx; the same request may pass later;
 * - `PartnerRejected`: any other 4xx; the same request will be refused again;
 * - `PartnerAnswerInvalid`: an answer that is too large, a redirect, not JSON, or not as agreed.
 */
export type PartnerErrorName =
	| 'PartnerUnauthorized'
	| 'PartnerUnavailable'
	| 'PartnerRejected'
	| 'PartnerAnswerInvalid';

/** A call of a partner API failed. The message names the partner and holds no token, no URL and nothing the partner wrote. */
export class PartnerError extends Error {
	override readonly name: PartnerErrorName;
	readonly code = 'partner';

	constructor(name: PartnerErrorName, message: string) {
		super(message);
		this.name = name;
	}
}

import type { DeclaredError } from './define-workflow.ts';

/** The errors of steps that call partner APIs. */
export const PARTNER_ERRORS = {
	PartnerUnauthorized: { description: 'A partner API refuses our token, even after it was read again.' },
	PartnerUnavailable: { description: 'A partner API was unavailable in every attempt.', isTransient: true },
	PartnerRejected: { description: 'A partner API rejected the request.' },
	PartnerAnswerInvalid: { description: 'A partner API sent an invalid response.' },
} as const satisfies Record<string, DeclaredError>;

/** One sentence or name that breaks the language guide. */
export interface Finding {
	readonly file: string;
	readonly line: number;
	readonly rule: string;
	readonly text: string;
}

/** Words that a relative clause in the place of a noun begins with. At most {@link MAX_PRONOUN_SHARE} of comment lines have one. */
export const PRONOUN = /\b(what|who|whoever|whatever|whom)\b/i;

/** The share of comment lines with a {@link PRONOUN} that is accepted: questions and genuine pronouns exist. */
export const MAX_PRONOUN_SHARE = 0.02;

/** Superlatives and participles in constants; the guide wants `MAX_*`, `MIN_*` and units. */
export const CONSTANT_NAME = /^(MOST|LONGEST|LARGEST|SMALLEST|DEEPEST|KEPT)(_|$)|_(AT_MOST|KEPT)$/;

interface PhraseRule {
	readonly pattern: RegExp;
	/** The wording to use instead. */
	readonly instead: string;
}

/** Metaphors, homely verbs and negated existence, with the wording to use instead. They apply to comments, texts and Markdown. */
export const PHRASES: readonly PhraseRule[] = [
	{ pattern: /\b(bury|buries|buried|farewells?)\b/i, instead: 'a technical verb' },
	{ pattern: /\b(mend|mends|mended|mending)\b/i, instead: 'fix, repair' },
	{ pattern: /\bcarr(y|ies|ied)\b/i, instead: 'contain, hold, pass' },
	{ pattern: /\b(tells?|told)\b/i, instead: 'report, return, say' },
	{ pattern: /\blook(s|ed|ing)? after\b/i, instead: 'handle, repair' },
	{ pattern: /\b(take|takes|taken|took|taking) up again\b/i, instead: 'resume, redrive' },
	{ pattern: /\bhand(s|ed|ing)? on\b/i, instead: 'pass, deliver' },
	{ pattern: /\b(come|comes|came|coming) again\b/i, instead: 'is redelivered, retry' },
	{ pattern: /\b(stand|stands|stood|standing) still\b/i, instead: 'is unchanged' },
	{ pattern: /\bstand-ins?\b/i, instead: 'fake, stub' },
	{ pattern: /\bin a hurry\b/i, instead: 'urgent, interactive' },
	{ pattern: /\b(alarms?|which) rings?\b/i, instead: 'is in ALARM, fires' },
	{ pattern: /\b(is|are|was|were|that) none\b/i, instead: 'invalid, missing' },
	{ pattern: /\bof no (task|state|such|execution|type)\b/i, instead: 'unknown, unrecognised' },
	{ pattern: /\bno such thing\b/i, instead: 'not found' },
	{ pattern: /\b(nobody|somebody|everybody)\b/i, instead: 'the caller, no client, every principal' },
	{ pattern: /\b(heard of|hears of|hear of|has to say)\b/i, instead: 'log output, reported' },
	{ pattern: /\b(a message|one) too many\b/i, instead: 'a duplicate message' },
	{ pattern: /\bapart by\b/i, instead: 'comma-separated' },
	{ pattern: /\balike\b/i, instead: 'same as above, likewise' },
	{ pattern: /\bbesides\b/i, instead: 'also, in addition' },
];

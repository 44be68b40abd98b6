/** Described for the OpenAPI. */
export const ETAG_HEADER = {
	type: 'string',
	description: 'Changes with what is answered; send it back in `If-None-Match`.',
} as const;

/** Whether `If-None-Match` names the tag, in RFC 9110's weak comparison. */
export function isModified(ifNoneMatch: string | undefined, tag: string): boolean {
	if (ifNoneMatch === undefined) return true;
	if (ifNoneMatch.trim() === '*') return false;
	const opaque = (each: string) => each.trim().replace(/^W\//, '');
	return !ifNoneMatch.split(',').map(opaque).includes(opaque(tag));
}

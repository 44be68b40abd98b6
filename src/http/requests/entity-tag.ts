/** OpenAPI description of the `ETag` header. */
export const ETAG_HEADER = {
	type: 'string',
	description: 'Changes whenever the body changes. Send it back in `If-None-Match`.',
} as const;

/** Returns whether `If-None-Match` lacks the tag, by RFC 9110's weak comparison: then the body must be sent. */
export function isModified(ifNoneMatch: string | undefined, tag: string): boolean {
	if (ifNoneMatch === undefined) return true;
	if (ifNoneMatch.trim() === '*') return false;
	const opaqueTag = (text: string) => text.trim().replace(/^W\//, '');
	return !ifNoneMatch.split(',').map(opaqueTag).includes(opaqueTag(tag));
}

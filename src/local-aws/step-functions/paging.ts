import { AwsError } from '../endpoint/service.ts';

/** A page of a list: where it begins and how long it is. The token is the offset, opaque to callers. */
export function pageOf(
	{ maxResults, nextToken }: { maxResults?: number; nextToken?: string },
	standard: number,
): { offset: number; limit: number } {
	const limit = maxResults === undefined || maxResults === 0 ? standard : maxResults;
	if (nextToken === undefined) return { offset: 0, limit };
	const text = Buffer.from(nextToken, 'base64url').toString();
	if (!/^\d+$/.test(text)) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
	return { offset: Number(text), limit };
}

/** The token of the page after this one, where there is one. */
export function tokenAfter(offset: number, limit: number, hasMore: boolean): { nextToken?: string } {
	return hasMore ? { nextToken: Buffer.from(String(offset + limit)).toString('base64url') } : {};
}

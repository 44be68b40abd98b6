import * as Type from 'typebox';
import { AwsError } from '../endpoint/service.ts';

/** The ARN of a machine or an execution. */
export const Arn = Type.String({ minLength: 1, maxLength: 256 });

/** The input members of list operations. */
export const PAGE_INPUT = {
	maxResults: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
	nextToken: Type.Optional(Type.String()),
};

const DEFAULT_PAGE_SIZE = 100;

/**
 * Returns the position and size of the requested page. The token is the offset, opaque to clients.
 *
 * @throws AwsError `InvalidToken`
 */
export function parsePage({ maxResults = 0, nextToken }: { maxResults?: number; nextToken?: string }): {
	offset: number;
	limit: number;
} {
	const limit = maxResults === 0 ? DEFAULT_PAGE_SIZE : maxResults;
	if (nextToken === undefined) return { offset: 0, limit };
	const text = Buffer.from(nextToken, 'base64url').toString();
	if (!/^\d+$/.test(text)) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
	return { offset: Number(text), limit };
}

/** Returns the token of the next page, if there is one. */
export function createPageToken(offset: number, limit: number, hasMore: boolean): { nextToken?: string } {
	return hasMore ? { nextToken: Buffer.from(String(offset + limit)).toString('base64url') } : {};
}

/** White space, brackets, wildcards, special characters, control characters, surrogates and noncharacters (API reference). */
const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\u{fffe}-\u{10ffff}]/u;

/**
 * Checks the name of a machine or an execution.
 *
 * @throws AwsError `InvalidName`
 */
export function checkName(name: string): void {
	if (name.length >= 1 && name.length <= 80 && !FORBIDDEN_IN_NAMES.test(name)) return;
	throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

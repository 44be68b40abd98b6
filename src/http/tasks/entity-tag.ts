import type { Task } from '../../tasks/task.ts';

/** Described for the OpenAPI. */
export const ETAG_HEADER = {
	type: 'string',
	description: 'Changes with what is answered; send it back in `If-None-Match`.',
} as const;

/** Changes with each write of the row. Weak, since a compressed answer has the same one. */
export function entityTag({ createdAtMs, revision }: Task): string {
	return `W/"${createdAtMs.toString(36)}-${revision}"`;
}

/** Whether `If-None-Match` names the tag, in RFC 9110's weak comparison. */
export function noneMatches(ifNoneMatch: string | undefined, tag: string): boolean {
	if (ifNoneMatch === undefined) return true;
	if (ifNoneMatch.trim() === '*') return false;
	const opaque = (each: string) => each.trim().replace(/^W\//, '');
	return !ifNoneMatch.split(',').map(opaque).includes(opaque(tag));
}

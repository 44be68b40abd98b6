import { createHash } from 'node:crypto';

/** What has to be the same for two requests to be one: everything that decides what is done. */
export interface FingerprintedRequest {
	readonly type: string;
	readonly data: unknown;
	readonly tags: Readonly<Record<string, string>>;
}

/** SHA-256 of the request, whatever the order of its members. */
export function computeFingerprint({ type, data, tags }: FingerprintedRequest): string {
	return createHash('sha256')
		.update(JSON.stringify(sorted({ type, data, tags })))
		.digest('base64url');
}

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== 'object' || value === null) return value;
	const members = Object.entries(value)
		.toSorted(([a], [b]) => (a < b ? -1 : 1))
		.map(([name, member]) => [name, sorted(member)]);
	// In an object of its own, so that no list of pairs looks like it.
	return { members };
}

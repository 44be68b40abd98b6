import type { ClaimStore } from '../tasks/claim-check.ts';
import { createBucketOpener } from './open-output-bucket.ts';

/** Claims in the output bucket. */
export function createClaimStore(bucket: string): ClaimStore {
	const open = createBucketOpener(bucket);
	return {
		put: async (key, text) => (await open()).put(key, text, 'application/json'),
		get: async (key) => (await open()).get(key),
	};
}

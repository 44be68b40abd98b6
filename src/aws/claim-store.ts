import type { ClaimStore } from '../tasks/claim-check.ts';
import type { OutputBucket } from './output-bucket.ts';

/** Claims in the output bucket. Few tasks have any, so S3's client comes with the first. */
export function createClaimStore(bucket: string): ClaimStore {
	let opened: Promise<OutputBucket> | undefined;
	const open = () => {
		opened ??= import('./output-bucket.ts').then(({ createOutputBucket }) => createOutputBucket(bucket));
		return opened;
	};
	return {
		put: async (key, text) => (await open()).put(key, text, 'application/json'),
		get: async (key) => (await open()).get(key),
	};
}

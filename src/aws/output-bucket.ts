import type { ClaimStore } from '../tasks/claim-check.ts';
import type { OutputBucket } from './s3-bucket.ts';

/** Creates the output bucket. Its S3 client is loaded on first use, since most invocations need none. */
export function createOutputBucket(bucket: string): OutputBucket {
	let opened: Promise<OutputBucket> | undefined;
	const open = () =>
		(opened ??= import('./s3-bucket.ts').then(({ createS3Bucket }) => createS3Bucket(bucket)));
	return {
		put: async (key, body, contentType) => (await open()).put(key, body, contentType),
		get: async (key) => (await open()).get(key),
		presign: async (key) => (await open()).presign(key),
	};
}

/** Creates a claim store in the output bucket. */
export function createClaimStore(bucket: string): ClaimStore {
	const objects = createOutputBucket(bucket);
	return {
		put: (key, text) => objects.put(key, text, 'application/json'),
		get: (key) => objects.get(key),
	};
}

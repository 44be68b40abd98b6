import type { ClaimStore } from '../tasks/claim-check.ts';

/** The bucket of large values and of the files that tasks write. It deletes objects after 30 days. */
export interface OutputBucket {
	put(key: string, body: string, contentType: string): Promise<void>;
	get(key: string): Promise<string>;
	/** Returns a URL by which its holder can read the object for 15 minutes. */
	presign(key: string): Promise<string>;
}

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

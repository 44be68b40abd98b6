import { createBucketOpener } from './open-output-bucket.ts';

/** Makes the URLs by which clients read objects of the output bucket. */
export function createPresigner(bucket: string): (objectKey: string) => Promise<string> {
	const open = createBucketOpener(bucket);
	return async (objectKey) => (await open()).presign(objectKey);
}

import type { OutputBucket } from './output-bucket.ts';

/** Makes the URLs by which clients read objects of the output bucket. Few answers have any, so S3's client comes with the first. */
export function createPresigner(bucket: string): (objectKey: string) => Promise<string> {
	let opened: Promise<OutputBucket> | undefined;
	return async (objectKey) => {
		opened ??= import('./output-bucket.ts').then(({ createOutputBucket }) => createOutputBucket(bucket));
		return (await opened).presign(objectKey);
	};
}

import type { OutputBucket } from './output-bucket.ts';

/** The output bucket for who seldom needs it: S3's client is loaded with the first use. */
export function createBucketOpener(bucket: string): () => Promise<OutputBucket> {
	let opened: Promise<OutputBucket> | undefined;
	return () => {
		opened ??= import('./output-bucket.ts').then(({ createOutputBucket }) => createOutputBucket(bucket));
		return opened;
	};
}

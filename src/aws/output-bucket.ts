import type { ClaimStore } from '../tasks/claim-check.ts';
import { CLIENT_SETTINGS, guardCalls } from './clients.ts';

/** The lifetime of a presigned URL. */
const PRESIGNED_SECONDS = 15 * 60;

/** The bucket of large values and of the files that tasks write. It deletes objects after 30 days. */
export interface OutputBucket {
	put(key: string, body: string, contentType: string): Promise<void>;
	get(key: string): Promise<string>;
	/** Returns a URL by which its holder can read the object for 15 minutes. */
	presign(key: string): Promise<string>;
}

/** Creates the output bucket. The S3 client is loaded on first use, since most invocations need none. */
export function createOutputBucket(bucket: string): OutputBucket {
	let opened: Promise<OutputBucket> | undefined;
	const open = () => (opened ??= openBucket(bucket));
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

async function openBucket(Bucket: string): Promise<OutputBucket> {
	const [{ GetObjectCommand, PutObjectCommand, S3Client }, { getSignedUrl }] = await Promise.all([
		import('@aws-sdk/client-s3'),
		import('@aws-sdk/s3-request-presigner'),
	]);
	// With the bucket in the path, one host name and one certificate serve it everywhere.
	const client = new S3Client({ ...CLIENT_SETTINGS, forcePathStyle: true });
	client.middlewareStack.use(guardCalls('S3'));
	return {
		async put(Key, Body, ContentType) {
			await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }));
		},
		async get(Key) {
			const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
			if (Body === undefined) throw new Error(`The object ${Key} has no body.`);
			return Body.transformToString();
		},
		presign: (Key) =>
			getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn: PRESIGNED_SECONDS }),
	};
}

import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { CLIENT_SETTINGS, guardCalls } from './client-settings.ts';

/** The bucket of large values and of the files that tasks write. It deletes objects after 30 days. */
export interface OutputBucket {
	put(key: string, body: string, contentType: string): Promise<void>;
	get(key: string): Promise<string>;
	/** Returns a URL by which its holder can read the object for 15 minutes. */
	presign(key: string): Promise<string>;
}

/** The lifetime of a presigned URL. */
const PRESIGNED_SECONDS = 15 * 60;

/** Creates the output bucket over S3. Imported only by a dynamic import: its client is a third of a bundle. */
export function createS3Bucket(Bucket: string): OutputBucket {
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

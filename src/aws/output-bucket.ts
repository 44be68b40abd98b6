import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { CLIENT_SETTINGS, guardCalls } from './clients.ts';

/** For how long a presigned URL is good. */
const PRESIGNED_SECONDS = 15 * 60;

/** The bucket of what tasks leave behind. */
export function createOutputBucket(Bucket: string) {
	// The bucket stands in the path, so that one certificate and one host name serve it wherever it is.
	const client = new S3Client({ ...CLIENT_SETTINGS, forcePathStyle: true });
	client.middlewareStack.use(guardCalls('S3'));
	return {
		/** Puts an object; the bucket encrypts it, and forgets it after 30 days. */
		put: async (Key: string, Body: string, ContentType: string): Promise<void> => {
			await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }));
		},
		get: async (Key: string): Promise<string> => {
			const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
			if (Body === undefined) throw new Error(`The object ${Key} has no body.`);
			return Body.transformToString();
		},
		/** A URL by which whoever has it can read the object for 15 minutes. */
		presign: (Key: string): Promise<string> =>
			getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn: PRESIGNED_SECONDS }),
	};
}

export type OutputBucket = ReturnType<typeof createOutputBucket>;

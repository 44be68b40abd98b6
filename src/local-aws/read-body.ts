import type { IncomingMessage } from 'node:http';

/** Reads the whole body. Rejects if the client disconnects. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	await drain(request, (chunk) => chunks.push(chunk));
	return Buffer.concat(chunks);
}

/** Reads even an oversized body to its end: an early stop could close the connection before the response. */
export async function readBodyUpTo(
	request: IncomingMessage,
	largestBytes: number,
): Promise<Buffer | 'too-large'> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	await drain(request, (chunk) => {
		bytes += chunk.length;
		if (bytes <= largestBytes) chunks.push(chunk);
	});
	return bytes <= largestBytes ? Buffer.concat(chunks) : 'too-large';
}

/** Uses events, because an async iterator or a Blob would dominate the cost of a small body. */
function drain(request: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
	return new Promise((resolve, reject) => {
		request.on('data', take).once('end', resolve).once('error', reject);
	});
}

import type { IncomingMessage } from 'node:http';

/** The whole body. Rejects where the client hangs up in the middle of it. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	await drain(request, (chunk) => chunks.push(chunk));
	return Buffer.concat(chunks);
}

/** Reads a body that is too large to its end all the same: leaving off could cut the connection before the answer. */
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

/** By events: an async iterator, or a Blob on the way, costs more than all else that is done with a small body. */
function drain(request: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
	return new Promise((resolve, reject) => {
		request.on('data', take).once('end', resolve).once('error', reject);
	});
}

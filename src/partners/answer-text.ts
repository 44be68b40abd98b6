/** An answer is read up to here; a larger one is cut off and counts as none. */
const LARGEST_ANSWER_BYTES = 1024 * 1024;

/**
 * The body of an answer as text, or undefined where it is larger than 1 MiB. The bytes are counted while they come, as
 * they are after decompression, so that neither a length that lies nor a small archive of much makes us hold more.
 * Throws what the connection throws.
 */
export async function answerText({ body }: Response): Promise<string | undefined> {
	if (body === null) return '';
	const decoder = new TextDecoder();
	let text = '';
	let bytes = 0;
	// Leaving the loop cancels the body, which closes the connection.
	for await (const chunk of body) {
		bytes += chunk.byteLength;
		if (bytes > LARGEST_ANSWER_BYTES) return undefined;
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}

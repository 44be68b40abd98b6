const LARGEST_BYTES = 1024 * 1024;

/** A response's body, or undefined where it is above 1 MiB: it is read no further than that. */
export async function readText(response: Response): Promise<string | undefined> {
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of response.body ?? []) {
		bytes += chunk.length;
		// Leaving the loop cancels what is still to come.
		if (bytes > LARGEST_BYTES) return undefined;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString();
}

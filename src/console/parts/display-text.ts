/** Returns a text as it is, and any other value as JSON. */
export function displayText(value: unknown): string {
	return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/**
 * The parameter `allowedOrigins` as it is: `*`, or origins with commas between them. Throws for what no browser would
 * ever send, such as an origin with a path, since it would shut out the page it was meant for.
 */
export function checkedOrigins(allowedOrigins: string): string {
	if (allowedOrigins === '*') return allowedOrigins;
	const wrong = allowedOrigins.split(',').find((origin) => !isOrigin(origin.trim()));
	if (wrong === undefined) return allowedOrigins;
	throw new Error(
		`The parameter allowedOrigins is * or origins such as https://app.example.com,http://localhost:5173, and "${wrong}" is none.`,
	);
}

function isOrigin(text: string): boolean {
	return /^https?:[^*]+$/.test(text) && URL.parse(text)?.origin === text;
}

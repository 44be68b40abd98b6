import * as Type from 'typebox';
import { parseConfig, TokenEnvironment } from '../config.ts';
import { parseJson } from '../parse.ts';

const USAGE = `npm run --silent token    prints an access token for the doctor and the smoke test

Requests it from an OAuth 2.0 issuer by client credentials (RFC 6749, section 4.4).

TOKEN_URL                              the token endpoint
TOKEN_CLIENT_ID, TOKEN_CLIENT_SECRET   the client
TOKEN_SCOPE, TOKEN_AUDIENCE            optional: the scopes, space-separated, and the audience (Auth0)`;

const TokenResponse = Type.Object({ access_token: Type.String({ minLength: 1 }) });

/**
 * Requests an access token for the client in the environment. The client authenticates with HTTP Basic, which every
 * server must support (RFC 6749, section 2.3.1).
 * @throws Error if the issuer refuses the client. The message contains the response, which names no secret.
 */
async function requestToken(environment: Type.Static<typeof TokenEnvironment>): Promise<string> {
	const { TOKEN_URL, TOKEN_CLIENT_ID, TOKEN_CLIENT_SECRET, TOKEN_SCOPE, TOKEN_AUDIENCE } = environment;
	const credentials = [TOKEN_CLIENT_ID, TOKEN_CLIENT_SECRET].map(encodeURIComponent).join(':');
	const response = await fetch(TOKEN_URL, {
		method: 'POST',
		headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
		body: new URLSearchParams({
			grant_type: 'client_credentials',
			...(TOKEN_SCOPE ? { scope: TOKEN_SCOPE } : {}),
			...(TOKEN_AUDIENCE ? { audience: TOKEN_AUDIENCE } : {}),
		}),
	});
	const body = await response.text();
	if (!response.ok) throw new Error(`${TOKEN_URL} returned ${response.status}: ${body}`);
	return parseJson(TokenResponse, body, 'token response').access_token;
}

try {
	if (process.argv.includes('--help')) console.log(USAGE);
	else console.log(await requestToken(parseConfig(TokenEnvironment)));
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}

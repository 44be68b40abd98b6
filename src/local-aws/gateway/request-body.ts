/**
 * The types that reach a function as text; all others, forms and untyped bodies included, arrive in base64.
 * The documentation has no list; live HTTP APIs behave like this.
 */
const TEXT_TYPE = /^(text\/.+|application\/(json|xml|javascript))$/;

/** Returns the two members of an event for a body. An empty body has no member `body`. */
export function bodyMembers(
	body: Buffer,
	headers: ReadonlyMap<string, string>,
): { readonly body?: string; readonly isBase64Encoded: boolean } {
	if (body.length === 0) return { isBase64Encoded: false };
	const isText = isTextType(headers.get('content-type')) && !isEncoded(headers.get('content-encoding'));
	return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

function isTextType(contentType = ''): boolean {
	const [mediaType = ''] = contentType.split(';', 1);
	return TEXT_TYPE.test(mediaType.trim().toLowerCase());
}

function isEncoded(contentEncoding = 'identity'): boolean {
	return contentEncoding.trim().toLowerCase() !== 'identity';
}

/**
 * The types that reach a function as text; anything else, forms and bodies of no type too, comes in base64.
 * The documentation has no list: this is what live HTTP APIs were seen to do.
 */
const TEXT_TYPE = /^(text\/.+|application\/(json|xml|javascript))$/;

/** The body in the two members of an event that carry it. An empty body has no member `body`. */
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

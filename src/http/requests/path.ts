/** The path that was asked for, as a URI: a stray `%` is one of the things a client may have sent. */
export function pathOf({ url }: { readonly url: string }): string {
	return (url.split('?', 1)[0] ?? '/').replaceAll(/%(?![0-9a-fA-F]{2})/g, '%25');
}

/** The page's own settings, which the server writes into the document. */
export interface PageSettings {
	/** `jwt`: requests need a bearer token. */
	readonly auth: 'jwt' | 'none';
	/** Whether the routes below `/_local` exist: on a laptop only. */
	readonly isLocal: boolean;
	/** Path before `/console` and `/v1`: that of an API mapping, or empty. */
	readonly basePath: string;
}

const { dataset } = document.documentElement;

/** The settings of this page. */
export const SETTINGS: PageSettings = {
	auth: dataset['auth'] === 'jwt' ? 'jwt' : 'none',
	isLocal: dataset['local'] === 'true',
	basePath: new URL('..', document.baseURI).pathname.replace(/\/$/, ''),
};

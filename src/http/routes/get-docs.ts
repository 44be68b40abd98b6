import { hash } from 'node:crypto';
import * as Type from 'typebox';
import {
	createDocument,
	DOCUMENT_HEADERS,
	NOT_MODIFIED,
	type ReadDocument,
	sendDocument,
} from '../documents/document.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';

/** Serves the page that `npm run openapi` made. It may run its own script and style, by their hashes, and load nothing. */
export function registerGetDocs(app: App, { readDocument }: { readonly readDocument: ReadDocument }): void {
	const document = createDocument(() => readDocument('docs.html'));
	app.route({
		method: 'GET',
		url: '/v1/docs',
		config: { access: 'public', mediaType: 'text/html' },
		schema: {
			operationId: 'getDocs',
			summary: 'This document as a page',
			tags: ['service'],
			security: [],
			response: {
				200: {
					description: 'A page that needs nothing but itself.',
					headers: DOCUMENT_HEADERS,
					content: { 'text/html': { schema: Type.String() } },
				},
				...NOT_MODIFIED,
				...problemResponses(),
			},
		},
		async handler(request, reply) {
			const page = await document();
			return sendDocument(request, reply.header('content-security-policy', policyOf(page.text)), page, {
				mediaType: 'text/html',
				cacheControl: 'public, max-age=300',
			});
		},
	});
}

/** The Content-Security-Policy that lets a page run what is written in it, and nothing that anybody puts there later. */
function policyOf(page: string): string {
	return [
		"default-src 'none'",
		`style-src ${hashesOf(page, 'style')}`,
		`script-src ${hashesOf(page, 'script')}`,
		'img-src data:',
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	].join('; ');
}

function hashesOf(page: string, element: 'style' | 'script'): string {
	const blocks = page.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'));
	const hashes = [...blocks].map(([, text = '']) => `'sha256-${hash('sha256', text, 'base64')}'`);
	return hashes.length > 0 ? hashes.join(' ') : "'none'";
}

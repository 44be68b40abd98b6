import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { SETTINGS } from './settings.ts';

const ROOT = `${SETTINGS.basePath}/console`;

/** The address within the console: a path such as `/tasks/<id>`, and its query. */
export interface Place {
	readonly path: string;
	readonly query: URLSearchParams;
}

function currentPlace(): Place {
	const { pathname, search } = window.location;
	const path = pathname.startsWith(ROOT) ? pathname.slice(ROOT.length) : '';
	return { path: path === '' ? '/' : path, query: new URLSearchParams(search) };
}

/** The current address. */
export const place = signal(currentPlace());

window.addEventListener('popstate', () => {
	place.value = currentPlace();
});

/** Returns the URL of an address within the console. The list has no trailing slash: `/console/` is another route. */
export function hrefOf(path: string): string {
	return `${ROOT}${path.replace(/^\/(?=\?|$)/, '')}`;
}

/** Opens an address within the console. `replace` leaves no entry in the browser's history. */
export function navigate(path: string, { replace = false } = {}): void {
	if (replace) window.history.replaceState(null, '', hrefOf(path));
	else {
		window.history.pushState(null, '', hrefOf(path));
		window.scrollTo(0, 0);
	}
	place.value = currentPlace();
}

interface LinkProps {
	readonly to: string;
	readonly children: ComponentChildren;
	readonly class?: string;
	readonly title?: string;
	readonly 'aria-current'?: 'page' | undefined;
}

/** A link within the console. Modified clicks keep their meaning in the browser. */
export function Link({ to, children, ...attributes }: LinkProps) {
	const follow = (event: MouseEvent) => {
		if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
		event.preventDefault();
		navigate(to);
	};
	return (
		<a {...attributes} href={hrefOf(to)} onClick={follow}>
			{children}
		</a>
	);
}

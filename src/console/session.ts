import { computed, signal } from '@preact/signals';
import { SETTINGS } from './settings.ts';
import { requestLocalToken } from './system/local-stack.ts';

const STORAGE_KEY = 'task-api.token';

/** The bearer token of this browser tab. It ends with the tab. */
export const token = signal<string | undefined>(window.sessionStorage.getItem(STORAGE_KEY) ?? undefined);

/** Whether the page may call the API. */
export const isSignedIn = computed(() => SETTINGS.auth === 'none' || token.value !== undefined);

/** Uses a bearer token from now on. */
export function signIn(bearerToken: string): void {
	window.sessionStorage.setItem(STORAGE_KEY, bearerToken);
	token.value = bearerToken;
}

/** Asks the laptop's own issuer for a token of this principal. */
export async function signInLocally(principal: string): Promise<void> {
	signIn(await requestLocalToken(principal));
}

/** Forgets the token. */
export function signOut(): void {
	window.sessionStorage.removeItem(STORAGE_KEY);
	token.value = undefined;
}

/** The principal that the token names, for display only. */
export const principal = computed(() => (token.value === undefined ? undefined : subjectOf(token.value)));

function subjectOf(bearerToken: string): string | undefined {
	try {
		const [, payload = ''] = bearerToken.split('.');
		const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
		const subject: unknown = Object(claims).sub;
		return typeof subject === 'string' ? subject : undefined;
	} catch {
		return undefined;
	}
}

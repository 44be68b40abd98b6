import { useState } from 'preact/hooks';
import { messageOf } from './api.ts';
import { Button } from './parts/buttons.tsx';
import { ErrorNotice } from './parts/notice.tsx';
import { signIn, signInLocally } from './session.ts';
import { SETTINGS } from './settings.ts';

/** Asks for a bearer token; on a laptop for a principal, for which the local issuer signs a token. */
export function SignInPage() {
	const [text, setText] = useState(SETTINGS.isLocal ? 'ada' : '');
	const [error, setError] = useState<string>();
	const submit = () => {
		if (!SETTINGS.isLocal) return signIn(text.trim());
		signInLocally(text.trim()).catch((cause: unknown) => setError(messageOf(cause)));
	};
	const label = SETTINGS.isLocal ? 'Principal' : 'Bearer token';
	const input = {
		id: 'credential',
		class: 'mono',
		value: text,
		onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) =>
			setText(currentTarget.value),
	};
	return (
		<main class="page page-sign-in">
			<form
				class="panel sign-in"
				onSubmit={(event) => {
					event.preventDefault();
					if (text.trim() !== '') submit();
				}}
			>
				<h1>Sign in</h1>
				{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
				<div class="field">
					<label for="credential">{label}</label>
					{SETTINGS.isLocal ? (
						<input {...input} type="text" />
					) : (
						<input {...input} type="password" autocomplete="off" />
					)}
					<p class="hint">
						{SETTINGS.isLocal
							? 'The local issuer signs a token for this principal.'
							: 'An access token of the stage’s issuer with the scopes tasks:read and tasks:write. It stays in this browser tab.'}
					</p>
				</div>
				<Button kind="primary" type="submit">
					Sign in
				</Button>
			</form>
		</main>
	);
}

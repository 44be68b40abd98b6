import { useState } from 'preact/hooks';
import { IconButton } from './buttons.tsx';
import type { IconName } from './icon.tsx';

const STORAGE_KEY = 'task-api.color-scheme';

const SCHEMES = ['auto', 'light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' } as const satisfies Record<Scheme, IconName>;

function storedScheme(): Scheme {
	const stored = window.localStorage.getItem(STORAGE_KEY);
	return SCHEMES.find((scheme) => scheme === stored) ?? 'auto';
}

function apply(scheme: Scheme): void {
	document.documentElement.dataset['scheme'] = scheme;
}

apply(storedScheme());

/** Switches between the system's colour scheme, light and dark. */
export function ColorSchemeButton() {
	const [scheme, setScheme] = useState(storedScheme);
	const next = SCHEMES[(SCHEMES.indexOf(scheme) + 1) % SCHEMES.length] ?? 'auto';
	const change = () => {
		window.localStorage.setItem(STORAGE_KEY, next);
		apply(next);
		setScheme(next);
	};
	return (
		<IconButton
			icon={ICONS[scheme]}
			label={`Colour scheme: ${scheme}. Switch to ${next}.`}
			onClick={change}
		/>
	);
}

import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';

/** A message about something that went wrong. Screen readers announce it. */
export function ErrorNotice({ children }: { readonly children: ComponentChildren }) {
	return (
		<div class="notice notice-error" role="alert">
			<Icon name="warning" />
			<div>{children}</div>
		</div>
	);
}

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';

interface ButtonProps {
	readonly children: ComponentChildren;
	readonly onClick?: () => void;
	readonly icon?: IconName;
	readonly kind?: 'primary' | 'secondary' | 'quiet' | 'danger';
	readonly type?: 'button' | 'submit';
	readonly isDisabled?: boolean;
}

/** A button with a text. */
export function Button({
	children,
	onClick,
	icon,
	kind = 'secondary',
	type = 'button',
	isDisabled = false,
}: ButtonProps) {
	return (
		<button type={type} class={`button button-${kind}`} onClick={onClick} disabled={isDisabled}>
			{icon !== undefined && <Icon name={icon} size={14} />}
			{children}
		</button>
	);
}

interface IconButtonProps {
	readonly label: string;
	readonly icon: IconName;
	readonly onClick: () => void;
}

/** A button with an icon only; its label is for screen readers and the tooltip. */
export function IconButton({ label, icon, onClick }: IconButtonProps) {
	return (
		<button type="button" class="icon-button" aria-label={label} title={label} onClick={onClick}>
			<Icon name={icon} size={15} />
		</button>
	);
}

const CONFIRMATION_MS = 1500;

interface CopyButtonProps {
	/** The copied value, such as `task id`. */
	readonly subject: string;
	readonly text: string;
	/** Shown beside the icon. Default: the icon alone. */
	readonly children?: string;
}

/** Copies a text to the clipboard and confirms it for a moment. */
export function CopyButton({ subject, text, children }: CopyButtonProps) {
	const [isCopied, setCopied] = useState(false);
	const copy = async () => {
		await navigator.clipboard.writeText(text);
		setCopied(true);
		window.setTimeout(() => setCopied(false), CONFIRMATION_MS);
	};
	const label = isCopied ? `Copied the ${subject}` : `Copy the ${subject}`;
	if (children === undefined)
		return <IconButton label={label} icon={isCopied ? 'check' : 'copy'} onClick={() => void copy()} />;
	return (
		<Button kind="quiet" icon={isCopied ? 'check' : 'copy'} onClick={() => void copy()}>
			{isCopied ? 'Copied' : children}
		</Button>
	);
}

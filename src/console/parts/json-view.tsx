import { CopyButton } from './buttons.tsx';

interface JsonViewProps {
	readonly value: unknown;
	/** Names the value for screen readers and for the copy button. */
	readonly label: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON with highlighted syntax. A text that is no JSON is shown as it is. */
export function JsonView({ value, label }: JsonViewProps) {
	const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'undefined');
	return (
		<div class="code">
			<CopyButton subject={label} text={text} />
			{/* Scrollable, so the keyboard must reach it. */}
			<pre tabIndex={0} role="region" aria-label={label}>
				<code>{typeof value === 'string' ? text : highlighted(text)}</code>
			</pre>
		</div>
	);
}

function highlighted(text: string) {
	const parts: (string | preact.JSX.Element)[] = [];
	let end = 0;
	for (const match of text.matchAll(TOKEN)) {
		const [token, string, colon] = match;
		parts.push(text.slice(end, match.index));
		end = match.index + token.length;
		const kind = colon !== undefined ? 'key' : string !== undefined ? 'string' : 'literal';
		parts.push(
			<span class={`json-${kind}`} key={match.index}>
				{string ?? token}
			</span>,
			colon ?? '',
		);
	}
	parts.push(text.slice(end));
	return parts;
}

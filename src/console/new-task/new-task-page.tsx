import { useEffect, useMemo, useState } from 'preact/hooks';
import { TaskApiError, type TaskType } from '../../client/index.ts';
import { api, curlOf, messageOf } from '../api.ts';
import { Button, CopyButton } from '../parts/buttons.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { navigate, place } from '../router.tsx';
import { taskTypeByName, taskTypes } from '../types.ts';
import { exampleOf, parseSchema } from './json-schema.ts';
import { type FieldFault, SchemaForm } from './schema-form.tsx';

/** The form that creates a task. */
export function NewTaskPage() {
	const wanted = place.value.query.get('type') ?? '';
	const type = taskTypeByName.value.get(wanted) ?? taskTypes.value[0];
	return (
		<main class="page page-narrow">
			<header class="page-header">
				<h1>New task</h1>
			</header>
			{type !== undefined && <NewTaskForm key={type.type} type={type} />}
		</main>
	);
}

/** Data that another page hands over for the next form: that of a task to run again. */
let handedOver: { readonly type: string; readonly data: unknown } | undefined;

/** Opens the form with the type and the data of an existing task. */
export function openWithData(type: string, data: unknown): void {
	handedOver = { type, data };
	navigate(`/new?type=${encodeURIComponent(type)}`);
}

function initialData({ type, input_schema: inputSchema }: TaskType): unknown {
	const data = handedOver?.type === type ? handedOver.data : undefined;
	handedOver = undefined;
	return data ?? exampleOf(inputSchema);
}

function NewTaskForm({ type }: { readonly type: TaskType }) {
	const [data, setData] = useState(() => initialData(type));
	const [text, setText] = useState<string>();
	const [tags, setTags] = useState('');
	const [idempotencyKey, setIdempotencyKey] = useState('');
	const [delay, setDelay] = useState('');
	const [error, setError] = useState<unknown>();
	const [isSending, setSending] = useState(false);
	const schema = useMemo(() => parseSchema(type.input_schema), [type]);
	const parsedTags = parseTags(tags);
	const request = {
		type: type.type,
		data,
		...(parsedTags === undefined ? {} : { tags: parsedTags }),
		...(delay.trim() === '' ? {} : { delay_seconds: Number(delay) }),
	};
	const faults = faultsOf(error);

	const send = async () => {
		setSending(true);
		setError(undefined);
		try {
			const edited = text === undefined ? data : parseJson(text);
			const key = idempotencyKey.trim();
			const task = await api.create<string>(
				{ ...request, data: edited },
				key === '' ? {} : { idempotencyKey: key },
			);
			navigate(`/tasks/${task.task_id}`);
		} catch (cause) {
			setError(cause);
		} finally {
			setSending(false);
		}
	};
	const curl = curlOf({
		method: 'POST',
		path: '/v1/tasks',
		headers: idempotencyKey.trim() === '' ? {} : { 'idempotency-key': `"${idempotencyKey.trim()}"` },
		body: request,
	});
	return (
		<form
			class="form"
			noValidate
			onSubmit={(event) => {
				event.preventDefault();
				void send();
			}}
		>
			<TypePicker selected={type.type} />
			<p class="muted">{type.description}</p>
			{error !== undefined && <FormError error={error} shown={faults} />}
			<section class="panel">
				<header class="panel-header">
					<h2>Data</h2>
					<div class="segments push" role="group" aria-label="Editor">
						<button
							type="button"
							aria-pressed={text === undefined}
							onClick={() => text !== undefined && switchToForm()}
						>
							Form
						</button>
						<button
							type="button"
							aria-pressed={text !== undefined}
							onClick={() => setText((before) => before ?? JSON.stringify(data, null, 2))}
						>
							JSON
						</button>
					</div>
				</header>
				<div class="panel-body">
					{text === undefined ? (
						<SchemaForm schema={schema} value={data} onChange={setData} path="" faults={faults} />
					) : (
						<textarea
							class="json-editor mono"
							aria-label="Data as JSON"
							spellcheck={false}
							rows={14}
							value={text}
							onInput={({ currentTarget }) => setText(currentTarget.value)}
						/>
					)}
				</div>
			</section>
			<section class="panel">
				<header class="panel-header">
					<h2>Options</h2>
				</header>
				<div class="panel-body columns">
					<div class="field">
						<label for="tags">
							Tags<span class="muted"> optional</span>
						</label>
						<input
							id="tags"
							type="text"
							placeholder="team:billing, priority:high"
							value={tags}
							onInput={({ currentTarget }) => setTags(currentTarget.value)}
						/>
						<p class="hint">Pairs of key:value, separated by commas.</p>
					</div>
					<div class="field">
						<label for="idempotency-key">
							Idempotency key<span class="muted"> optional</span>
						</label>
						<input
							id="idempotency-key"
							type="text"
							class="mono"
							placeholder="order-4711"
							value={idempotencyKey}
							onInput={({ currentTarget }) => setIdempotencyKey(currentTarget.value)}
						/>
						<p class="hint">The same key and request return the same task for 24 hours.</p>
					</div>
					<div class="field">
						<label for="delay">
							Delay<span class="muted"> optional</span>
						</label>
						<input
							id="delay"
							type="number"
							min="0"
							placeholder="900"
							value={delay}
							onInput={({ currentTarget }) => setDelay(currentTarget.value)}
						/>
						<p class="hint">Seconds until the task starts, up to a year.</p>
					</div>
				</div>
			</section>
			<section class="panel">
				<header class="panel-header">
					<h2>As a command</h2>
					<div class="push">
						<CopyButton subject="command" text={curl}>
							Copy as curl
						</CopyButton>
					</div>
				</header>
				<pre class="command mono" tabIndex={0} role="region" aria-label="The request as a curl command">
					{curl}
				</pre>
			</section>
			<footer class="form-footer">
				<Button kind="primary" type="submit" icon="play" isDisabled={isSending}>
					{isSending ? 'Creating …' : 'Create task'}
				</Button>
				<Button kind="quiet" onClick={() => navigate('/')}>
					Cancel
				</Button>
			</footer>
		</form>
	);

	/** Keeps the JSON editor open while its text is invalid. */
	function switchToForm() {
		try {
			setData(parseJson(text ?? ''));
			setText(undefined);
			setError(undefined);
		} catch (cause) {
			setError(cause);
		}
	}
}

function TypePicker({ selected }: { readonly selected: string }) {
	return (
		<div class="segments segments-large" role="group" aria-label="Task type">
			{taskTypes.value.map(({ type }) => (
				<button
					key={type}
					type="button"
					aria-pressed={type === selected}
					onClick={() => navigate(`/new?type=${encodeURIComponent(type)}`, { replace: true })}
				>
					{type}
				</button>
			))}
		</div>
	);
}

/** Shows the error itself, and the faults of members that have no field. */
function FormError({ error, shown }: { readonly error: unknown; readonly shown: readonly FieldFault[] }) {
	useEffect(() => {
		document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
	}, [error]);
	const others = error instanceof TaskApiError ? error.errors.filter(({ loc }) => loc[1] !== 'data') : [];
	return (
		<ErrorNotice>
			<p>{messageOf(error)}</p>
			{(others.length > 0 || shown.length > 0) && (
				<ul>
					{others.map(({ loc, msg }) => (
						<li key={`${loc.join('.')} ${msg}`}>
							<code>{loc.slice(1).join('.')}</code>: {msg}
						</li>
					))}
					{shown.map(({ path, message }) => (
						<li key={`${path} ${message}`}>
							<code>{path === '' ? 'data' : path}</code>: {message}
						</li>
					))}
				</ul>
			)}
		</ErrorNotice>
	);
}

/** The faults of a rejected request that are about `data`. */
function faultsOf(error: unknown): readonly FieldFault[] {
	if (!(error instanceof TaskApiError)) return [];
	return error.errors
		.filter(({ loc }) => loc[0] === 'body' && loc[1] === 'data')
		.map(({ loc, msg }) => ({ path: loc.slice(2).join('.'), message: msg }));
}

/** @throws SyntaxError with the place of the mistake. */
function parseJson(text: string): unknown {
	return JSON.parse(text);
}

function parseTags(text: string): Record<string, string> | undefined {
	const pairs = text
		.split(',')
		.map((pair) => pair.trim())
		.filter((pair) => pair !== '')
		.map((pair): [string, string] => {
			const [key = '', ...value] = pair.split(':');
			return [key.trim(), value.join(':').trim()];
		});
	return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

import { isFinished, type Task } from '../../client/index.ts';
import { displayText } from '../parts/display-text.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { usePolling } from '../parts/polling.ts';
import { formatTime } from '../parts/time.tsx';
import { type LogLine, readLogs } from '../system/local-stack.ts';

interface LogPanelProps {
	readonly task: Task;
	/** Shows the lines of this state only. */
	readonly state: string | undefined;
}

const POLL_MS = 1500;

/** The log lines of the task, from every function. */
export function LogPanel({ task, state }: LogPanelProps) {
	const { value: lines = [], error } = usePolling(
		(signal) => readLogs({ task_id: task.task_id }, signal),
		() => (isFinished(task) ? undefined : POLL_MS),
		`${task.task_id} ${task.status} ${task.redrive_count}`,
	);
	const shown = lines.filter(({ fields }) => state === undefined || fields['state'] === state);
	return (
		<section class="panel" aria-label="Log">
			<header class="panel-header">
				<h2>Log</h2>
				<span class="muted">{state === undefined ? 'all functions' : state}</span>
				<span class="muted push">{shown.length} lines</span>
			</header>
			{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
			{shown.length === 0 ? (
				<p class="panel-body muted">No lines yet.</p>
			) : (
				<div class="log" tabIndex={0} role="region" aria-label="Log lines">
					{shown.map((line, index) => (
						<Line key={index} line={line} />
					))}
				</div>
			)}
		</section>
	);
}

/** Fields that every line repeats. */
const REPEATED: ReadonlySet<string> = new Set([
	'service',
	'cold_start',
	'function_arn',
	'function_memory_size',
	'function_name',
	'function_request_id',
	'sampling_rate',
	'task_id',
	'execution',
	'message_id',
	'error',
	'xray_trace_id',
]);

function Line({ line }: { readonly line: LogLine }) {
	const { timestamp, level, message, function: functionName, fields } = line;
	const rest = Object.entries(fields).filter(([name]) => !REPEATED.has(name));
	return (
		<div class={`log-line log-line-${level.toLowerCase()}`}>
			<span class="log-time">{formatTime(timestamp)}</span>
			<span class="log-function">{functionName ?? 'stack'}</span>
			<span class="log-message">
				{message}{' '}
				{rest.map(([name, value]) => (
					<span class="log-field" key={name}>
						{name}=<b>{displayText(value)}</b>{' '}
					</span>
				))}
				{fields['error'] !== undefined && <span class="log-error">{errorText(fields['error'])}</span>}
			</span>
		</div>
	);
}

function errorText(error: unknown): string {
	const { name, message, stack, location } = Object(error);
	if (typeof stack === 'string') return stack;
	return [`${String(name)}: ${String(message)}`, location]
		.filter((part) => part !== undefined)
		.join('\n  at ');
}

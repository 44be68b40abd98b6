import { useState } from 'preact/hooks';
import type { TaskEvent } from '../../client/index.ts';
import { IconButton } from '../parts/buttons.tsx';
import { JsonView } from '../parts/json-view.tsx';
import { formatDuration, Time } from '../parts/time.tsx';
import type { LiveTask } from './live-task.ts';
import { isCaught, STATE_STATUS_LABELS, type StateProgress } from './state-progress.ts';
import { dataOf } from './task-actions.tsx';

interface InspectorProps {
	readonly live: LiveTask;
	/** The selected state; without one the task itself is shown. */
	readonly state: string | undefined;
	readonly progress: StateProgress | undefined;
	readonly onClose: () => void;
}

/** Data and result of the task, or input and output of the selected state. */
export function Inspector({ live, state, progress, onClose }: InspectorProps) {
	if (state === undefined || progress === undefined) return <TaskDetails live={live} />;
	return (
		<section class="panel panel-inspector" aria-label={`Details of ${state}`}>
			<header class="panel-header">
				<h2>{state}</h2>
				<span class={`legend-${progress.status}`}>{STATE_STATUS_LABELS[progress.status]}</span>
				<div class="push">
					<IconButton icon="cross" label="Close the details" onClick={onClose} />
				</div>
			</header>
			<StateDetails key={state} progress={progress} />
		</section>
	);
}

function TaskDetails({ live }: { readonly live: LiveTask }) {
	const { task } = live;
	const data = dataOf(live);
	return (
		<section class="panel panel-inspector" aria-label="Data and result">
			<header class="panel-header">
				<h2>Data and result</h2>
			</header>
			<div class="panel-body">
				{data !== undefined && <Labelled label="Data" value={data} />}
				{task.result !== undefined && <Labelled label="Result" value={task.result} />}
				{task.links.result !== undefined && task.result === undefined && (
					<p>
						The result is large: <a href={task.links.result}>open it</a>.
					</p>
				)}
				{data === undefined && task.result === undefined && <p class="muted">Nothing yet.</p>}
				<p class="hint">Select a state to see its input, output and log.</p>
			</div>
		</section>
	);
}

function StateDetails({ progress: { visits } }: { readonly progress: StateProgress }) {
	const failed = visits.findIndex(({ error }) => error !== undefined);
	const [index, setIndex] = useState(Math.max(0, failed));
	const visit = visits[index];
	if (visit === undefined) return <p class="panel-body muted">The task has not entered this state.</p>;
	return (
		<div class="panel-body">
			{visits.length > 1 && (
				<select
					aria-label="Visit"
					value={index}
					onChange={({ currentTarget }) => setIndex(Number(currentTarget.value))}
				>
					{visits.map((each, position) => (
						<option key={position} value={position}>
							{visitLabel(each, position)}
						</option>
					))}
				</select>
			)}
			<dl class="facts facts-small">
				<div>
					<dt>Entered</dt>
					<dd>
						<Time at={visit.entered_at} />
					</dd>
				</div>
				{visit.exited_at !== undefined && (
					<div>
						<dt>Took</dt>
						<dd>{formatDuration(Date.parse(visit.exited_at) - Date.parse(visit.entered_at))}</dd>
					</div>
				)}
				<div>
					<dt>Attempts</dt>
					<dd>{visit.attempt}</dd>
				</div>
			</dl>
			{visit.error !== undefined && (
				<div class={`notice ${isCaught(visit) ? 'notice-caught' : 'notice-error'}`}>
					<div>
						<strong>{visit.error.code}</strong>
						<p>{visit.error.message}</p>
					</div>
				</div>
			)}
			<Labelled label="Input" value={visit.input} isTruncated={visit.input_truncated} />
			{visit.output !== undefined && (
				<Labelled label="Output" value={visit.output} isTruncated={visit.output_truncated} />
			)}
		</div>
	);
}

function visitLabel({ map_index: item, status }: TaskEvent, position: number): string {
	return `${item === undefined ? `Visit ${position + 1}` : `Item ${item + 1}`}: ${status.toLowerCase()}`;
}

interface LabelledProps {
	readonly label: string;
	readonly value: unknown;
	readonly isTruncated?: boolean | undefined;
}

function Labelled({ label, value, isTruncated = false }: LabelledProps) {
	return (
		<div class="labelled">
			<h3>
				{label}
				{isTruncated && <span class="muted"> first 4 KiB</span>}
			</h3>
			<JsonView label={label} value={value} />
		</div>
	);
}

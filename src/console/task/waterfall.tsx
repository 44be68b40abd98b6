import { useState } from 'preact/hooks';
import { isFinished, type TaskEvent } from '../../client/index.ts';
import { Button } from '../parts/buttons.tsx';
import { formatDuration, nowMs } from '../parts/time.tsx';
import type { LiveTask } from './live-task.ts';
import { isCaught, type StateProgress } from './state-progress.ts';

interface WaterfallProps {
	readonly live: LiveTask;
	readonly progress: ReadonlyMap<string, StateProgress>;
	readonly selected: string | undefined;
	readonly onSelect: (state: string) => void;
}

interface Row {
	readonly key: string;
	readonly label: string;
	/** Absent for the phases before the first state. */
	readonly state?: string;
	readonly depth: number;
	readonly fromMs: number;
	readonly toMs: number;
	readonly bars: readonly Bar[];
	readonly note?: string;
}

/** A part of a row: a whole visit, one attempt, the backoff behind it, or the wait for a callback. */
interface Bar {
	readonly look: 'queue' | 'start' | 'running' | 'waiting' | 'backoff' | 'succeeded' | 'caught' | 'failed';
	readonly fromMs: number;
	readonly toMs: number;
	readonly title: string;
}

/** A Map may have a thousand items. */
const MAX_ROWS = 40;
const TICKS = 5;

/** The phases and states of a task on a time axis. */
export function Waterfall({ live, progress, selected, onSelect }: WaterfallProps) {
	const [isWhole, setWhole] = useState(false);
	const rows = rowsOf(live, progress);
	const fromMs = Math.min(...rows.map((row) => row.fromMs));
	const spanMs = Math.max(1, Math.max(...rows.map((row) => row.toMs)) - fromMs);
	const percent = (ms: number) => `${((ms - fromMs) / spanMs) * 100}%`;
	const shown = isWhole ? rows : rows.slice(0, MAX_ROWS);
	return (
		<section class="panel" aria-label="Timeline">
			<header class="panel-header">
				<h2>Timeline</h2>
				<span class="muted push">{formatDuration(spanMs)}</span>
			</header>
			<div class="waterfall">
				<div class="waterfall-axis" aria-hidden="true">
					{Array.from({ length: TICKS }, (_, tick) => (
						<span key={tick} style={{ left: `${(tick / TICKS) * 100}%` }}>
							{formatDuration((spanMs * tick) / TICKS)}
						</span>
					))}
				</div>
				<ol>
					{shown.map((row) => (
						<li key={row.key} class="waterfall-row">
							<RowLabel
								row={row}
								isSelected={row.state !== undefined && row.state === selected}
								onSelect={onSelect}
							/>
							<div class="waterfall-track">
								{row.bars.map((bar) => (
									<div
										key={`${bar.look} ${bar.fromMs}`}
										class={`bar bar-${bar.look}`}
										title={`${bar.title}: ${formatDuration(bar.toMs - bar.fromMs)}`}
										style={{
											left: percent(bar.fromMs),
											width: `${((bar.toMs - bar.fromMs) / spanMs) * 100}%`,
										}}
									/>
								))}
							</div>
							<span class="waterfall-time number">
								{row.note !== undefined && <span class="waterfall-note">{row.note}</span>}
								{formatDuration(row.toMs - row.fromMs)}
							</span>
						</li>
					))}
				</ol>
				{rows.length > shown.length && (
					<Button kind="quiet" onClick={() => setWhole(true)}>
						{`Show all ${rows.length} entries`}
					</Button>
				)}
			</div>
		</section>
	);
}

interface RowLabelProps {
	readonly row: Row;
	readonly isSelected: boolean;
	readonly onSelect: (state: string) => void;
}

function RowLabel({ row: { label, state, depth }, isSelected, onSelect }: RowLabelProps) {
	const style = { paddingLeft: `${8 + depth * 14}px` };
	if (state === undefined)
		return (
			<span class="waterfall-label" style={style}>
				{label}
			</span>
		);
	return (
		<button
			type="button"
			class="waterfall-label"
			style={style}
			aria-pressed={isSelected}
			onClick={() => onSelect(state)}
		>
			{label}
		</button>
	);
}

function rowsOf({ task, events }: LiveTask, progress: WaterfallProps['progress']): Row[] {
	const createdMs = Date.parse(task.created_at);
	const dueMs = task.run_at === undefined ? createdMs : Date.parse(task.run_at);
	const startedMs = task.started_at === undefined ? undefined : Date.parse(task.started_at);
	const endMs =
		task.finished_at === undefined ? Math.max(nowMs.value, createdMs) : Date.parse(task.finished_at);
	const firstMs = events[0] === undefined ? undefined : Date.parse(events[0].entered_at);
	const hasStart = startedMs !== undefined && firstMs !== undefined && firstMs >= startedMs;
	return [
		...(dueMs > createdMs ? [phase('queue', 'Scheduled', createdMs, Math.min(dueMs, endMs))] : []),
		...(dueMs > endMs ? [] : [phase('queue', 'In the queue', dueMs, startedMs ?? firstMs ?? endMs)]),
		...(hasStart ? [phase('start', 'Start', startedMs, firstMs)] : []),
		...events.map((event, index): Row => {
			const { state, attempt, map_index: item, branch, exited_at: exitedAt } = event;
			const fromMs = Date.parse(event.entered_at);
			const toMs = exitedAt === undefined ? Math.max(endMs, fromMs) : Date.parse(exitedAt);
			const look = lookOf(event, progress.get(state), isFinished(task));
			return {
				key: String(index),
				label: item === undefined ? state : `${state} ${item + 1}`,
				state,
				depth: item === undefined && branch === undefined ? 0 : 1,
				fromMs,
				toMs,
				bars: barsOf(event, { look, fromMs, toMs }),
				...(attempt > 1 ? { note: `${attempt} attempts` } : {}),
			};
		}),
	];
}

function phase(look: 'queue' | 'start', label: string, fromMs: number, toMs: number): Row {
	return { key: label, label, depth: 0, fromMs, toMs, bars: [{ look, fromMs, toMs, title: label }] };
}

/** Splits a visit into its attempts and the backoff between them, or into its call and the wait for the callback. */
function barsOf(
	{ attempts = [], waiting_since: waitingSince }: TaskEvent,
	visit: Pick<Bar, 'look' | 'fromMs' | 'toMs'>,
): Bar[] {
	const { fromMs, toMs, look } = visit;
	if (waitingSince !== undefined) {
		const sinceMs = Date.parse(waitingSince);
		return [
			{ look: look === 'waiting' ? 'running' : look, fromMs, toMs: sinceMs, title: 'Call' },
			{ look: 'waiting', fromMs: sinceMs, toMs, title: 'Wait for the callback' },
		];
	}
	if (attempts.length === 0) return [{ ...visit, title: 'Visit' }];
	return attempts.flatMap(({ started_at: startedAt, ended_at: endedAt, error }, index): Bar[] => {
		const endedMs = endedAt === undefined ? toMs : Date.parse(endedAt);
		const next = attempts[index + 1];
		const title = error === undefined ? `Attempt ${index + 1}` : `Attempt ${index + 1}, ${error.code}`;
		return [
			{ look: next === undefined ? look : 'caught', fromMs: Date.parse(startedAt), toMs: endedMs, title },
			...(next === undefined
				? []
				: [
						{
							look: 'backoff' as const,
							fromMs: endedMs,
							toMs: Date.parse(next.started_at),
							title: 'Backoff',
						},
					]),
		];
	});
}

function lookOf(event: TaskEvent, progress: StateProgress | undefined, isOver: boolean): Bar['look'] {
	if (event.status === 'RUNNING' && !isOver) return progress?.status === 'waiting' ? 'waiting' : 'running';
	if (event.status === 'SUCCEEDED') return event.type === 'Wait' ? 'waiting' : 'succeeded';
	return isCaught(event) ? 'caught' : 'failed';
}

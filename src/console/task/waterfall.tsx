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

interface Bar {
	readonly key: string;
	readonly label: string;
	/** Absent for the phases before the first state. */
	readonly state?: string;
	readonly look: 'queue' | 'start' | 'running' | 'waiting' | 'succeeded' | 'caught' | 'failed';
	readonly depth: number;
	readonly fromMs: number;
	readonly toMs: number;
	readonly note?: string;
}

/** A Map may have a thousand items. */
const MAX_ROWS = 40;
const TICKS = 5;

/** The phases and states of a task on a time axis. */
export function Waterfall({ live, progress, selected, onSelect }: WaterfallProps) {
	const [isWhole, setWhole] = useState(false);
	const bars = barsOf(live, progress);
	const fromMs = Math.min(...bars.map((bar) => bar.fromMs));
	const spanMs = Math.max(1, Math.max(...bars.map((bar) => bar.toMs)) - fromMs);
	const percent = (ms: number) => `${((ms - fromMs) / spanMs) * 100}%`;
	const shown = isWhole ? bars : bars.slice(0, MAX_ROWS);
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
					{shown.map((bar) => (
						<li key={bar.key} class="waterfall-row">
							<BarLabel
								bar={bar}
								isSelected={bar.state !== undefined && bar.state === selected}
								onSelect={onSelect}
							/>
							<div class="waterfall-track">
								<div
									class={`bar bar-${bar.look}`}
									style={{ left: percent(bar.fromMs), width: `${((bar.toMs - bar.fromMs) / spanMs) * 100}%` }}
								/>
							</div>
							<span class="waterfall-time number">
								{bar.note !== undefined && <span class="waterfall-note">{bar.note}</span>}
								{formatDuration(bar.toMs - bar.fromMs)}
							</span>
						</li>
					))}
				</ol>
				{bars.length > shown.length && (
					<Button kind="quiet" onClick={() => setWhole(true)}>
						{`Show all ${bars.length} entries`}
					</Button>
				)}
			</div>
		</section>
	);
}

interface BarLabelProps {
	readonly bar: Bar;
	readonly isSelected: boolean;
	readonly onSelect: (state: string) => void;
}

function BarLabel({ bar: { label, state, depth }, isSelected, onSelect }: BarLabelProps) {
	const style = { paddingLeft: `${8 + depth * 14}px` };
	if (state === undefined)
		return (
			<span class="waterfall-label muted" style={style}>
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

function barsOf({ task, events }: LiveTask, progress: WaterfallProps['progress']): Bar[] {
	const createdMs = Date.parse(task.created_at);
	const startedMs = task.started_at === undefined ? undefined : Date.parse(task.started_at);
	const endMs =
		task.finished_at === undefined ? Math.max(nowMs.value, createdMs) : Date.parse(task.finished_at);
	const firstMs = events[0] === undefined ? undefined : Date.parse(events[0].entered_at);
	const depths = depthsOf(events);
	return [
		{
			key: 'queue',
			label: 'In the queue',
			look: 'queue',
			depth: 0,
			fromMs: createdMs,
			toMs: startedMs ?? firstMs ?? endMs,
		},
		...(startedMs === undefined || firstMs === undefined || firstMs < startedMs
			? []
			: [
					{
						key: 'start',
						label: 'Start',
						look: 'start' as const,
						depth: 0,
						fromMs: startedMs,
						toMs: firstMs,
					},
				]),
		...events.map((event, index): Bar => {
			const { state, attempt, map_index: item, exited_at: exitedAt } = event;
			return {
				key: String(index),
				label: item === undefined ? state : `${state} ${item + 1}`,
				state,
				look: lookOf(event, progress.get(state), isFinished(task)),
				depth: depths.get(state) ?? 0,
				fromMs: Date.parse(event.entered_at),
				toMs: exitedAt === undefined ? endMs : Date.parse(exitedAt),
				...(attempt > 1 ? { note: `${attempt} attempts` } : {}),
			};
		}),
	];
}

function depthsOf(events: readonly TaskEvent[]): ReadonlyMap<string, number> {
	return new Map(
		events.map(({ state, map_index: item, branch }) => [
			state,
			item === undefined && branch === undefined ? 0 : 1,
		]),
	);
}

function lookOf(event: TaskEvent, progress: StateProgress | undefined, isOver: boolean): Bar['look'] {
	if (event.status === 'RUNNING' && !isOver) return progress?.status === 'waiting' ? 'waiting' : 'running';
	if (event.status === 'SUCCEEDED') return event.type === 'Wait' ? 'waiting' : 'succeeded';
	return isCaught(event) ? 'caught' : 'failed';
}

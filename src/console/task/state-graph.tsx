import { useMemo } from 'preact/hooks';
import { Icon, type IconName } from '../parts/icon.tsx';
import { formatDuration, nowMs } from '../parts/time.tsx';
import { layoutMachine, type PlacedEdge, type PlacedState, type Point } from './graph-layout.ts';
import type { Machine } from './machine.ts';
import { STATE_STATUS_LABELS, type StateProgress, type StateStatus } from './state-progress.ts';

interface StateGraphProps {
	readonly machine: Machine;
	readonly progress: ReadonlyMap<string, StateProgress>;
	/** Transitions as `from→to`. */
	readonly taken: ReadonlySet<string>;
	readonly selected: string | undefined;
	readonly onSelect: (state: string) => void;
}

/** The icon of each status of a state. */
export const STATE_ICONS: Readonly<Record<StateStatus, IconName>> = {
	'not-reached': 'dot',
	running: 'play',
	waiting: 'pause',
	retrying: 'retry',
	succeeded: 'check',
	caught: 'shield',
	failed: 'cross',
	skipped: 'skip',
};

/** Below this scale names are too small to read; the graph scrolls instead. */
const MIN_SCALE = 0.8;

/** The state machine as a graph, coloured by the progress of its states. */
export function StateGraph({ machine, progress, taken, selected, onSelect }: StateGraphProps) {
	const graph = useMemo(() => layoutMachine(machine), [machine]);
	if (machine.states.length === 0) return <p class="muted panel-body">This task type has no definition.</p>;
	return (
		<>
			{/* Scrollable, so the keyboard must reach it. */}
			<div class="graph" role="group" aria-label="Graph of the states" tabIndex={0}>
				<svg
					viewBox={`0 0 ${Math.ceil(graph.width)} ${Math.ceil(graph.height)}`}
					style={{
						maxWidth: `${Math.ceil(graph.width)}px`,
						minWidth: `${Math.ceil(graph.width * MIN_SCALE)}px`,
					}}
				>
					{graph.states
						.filter(({ state }) => state.branches.length > 0)
						.map((placed) => (
							<StateNode key={placed.state.name} {...{ placed, progress, selected, onSelect }} />
						))}
					{graph.edges.map((edge, index) => (
						<Edge key={index} edge={edge} isTaken={taken.has(`${edge.from ?? ''}→${edge.to ?? ''}`)} />
					))}
					{graph.terminals.map(({ kind, x, y }) => (
						<circle key={kind} class={`terminal terminal-${kind}`} cx={x} cy={y} r={5} />
					))}
					{graph.states
						.filter(({ state }) => state.branches.length === 0)
						.map((placed) => (
							<StateNode key={placed.state.name} {...{ placed, progress, selected, onSelect }} />
						))}
				</svg>
			</div>
			<Legend progress={progress} />
		</>
	);
}

interface StateNodeProps extends Pick<StateGraphProps, 'progress' | 'selected' | 'onSelect'> {
	readonly placed: PlacedState;
}

function StateNode({ placed, progress, selected, onSelect }: StateNodeProps) {
	const { state, x, y, width, height } = placed;
	const own = progress.get(state.name) ?? { status: 'not-reached', visits: [], retries: 0 };
	const isFrame = state.branches.length > 0;
	const details = detailsOf(own, state.type);
	const select = () => onSelect(state.name);
	return (
		<g
			role="button"
			tabIndex={0}
			class={`state state-${own.status} ${isFrame ? 'state-frame' : ''}`}
			data-state={state.name}
			data-status={own.status}
			aria-pressed={state.name === selected}
			transform={`translate(${x} ${y})`}
			onClick={select}
			onKeyDown={(event) => {
				if (event.key !== 'Enter' && event.key !== ' ') return;
				event.preventDefault();
				select();
			}}
		>
			<rect width={width} height={height} rx={isFrame ? 10 : 8}>
				{state.comment !== undefined && <title>{state.comment}</title>}
			</rect>
			{state.type === 'Map' && <rect class="stack" x={4} y={-4} width={width - 8} height={height} rx={9} />}
			<g class="state-icon" transform="translate(11 14)">
				<circle cx={8} cy={8} r={9.5} />
				<Icon name={STATE_ICONS[own.status]} size={16} />
			</g>
			<text class="state-name" x={37} y={20}>
				{state.name}
			</text>{' '}
			<text class="state-details" x={37} y={35}>
				{details}
			</text>{' '}
			{/* For screen readers; the colour and the icon show it. */}
			<text class="state-status">{STATE_STATUS_LABELS[own.status]}</text>
		</g>
	);
}

function detailsOf({ visits, retries, items, status }: StateProgress, type: string): string {
	const last = visits.at(-1);
	const parts = items === undefined || type === 'Map' ? [type] : [];
	if (items !== undefined) parts.push(`${items.done} of ${items.total}`);
	else if (visits.length > 1) parts.push(`${visits.length} visits`);
	if (items !== undefined && items.failed > 0) parts.push(`${items.failed} failed`);
	if (retries > 0) parts.push(`${retries} ${retries === 1 ? 'retry' : 'retries'}`);
	if (last !== undefined && status !== 'skipped' && items === undefined)
		parts.push(
			formatDuration(
				(last.exited_at === undefined ? nowMs.value : Date.parse(last.exited_at)) -
					Date.parse(last.entered_at),
			),
		);
	return parts.join(' · ');
}

const CORNER_RADIUS = 8;
const ARROW_SIZE = 5;

function Edge({ edge, isTaken }: { readonly edge: PlacedEdge; readonly isTaken: boolean }) {
	const { points, kind, label } = edge;
	const [last, before] = [points.at(-1), points.at(-2)];
	if (last === undefined || before === undefined) return null;
	const title = [kind === 'next' ? '' : kind, label ?? ''].filter((part) => part !== '').join(': ');
	return (
		<g class={`edge edge-${kind} ${isTaken ? 'edge-taken' : ''}`}>
			{title !== '' && <title>{title}</title>}
			<path class="edge-line" d={pathOf(points)} />
			<path class="edge-arrow" d={arrowOf(before, last)} />
		</g>
	);
}

/** A line through the points with rounded corners. */
function pathOf([first, ...rest]: readonly Point[]): string {
	if (first === undefined) return '';
	const parts = [`M${first.x} ${first.y}`];
	rest.forEach((point, index) => {
		const next = rest[index + 1];
		const before = index === 0 ? first : rest[index - 1];
		if (next === undefined || before === undefined) return parts.push(`L${point.x} ${point.y}`);
		const [from, to] = [towards(point, before), towards(point, next)];
		return parts.push(`L${from.x} ${from.y} Q${point.x} ${point.y} ${to.x} ${to.y}`);
	});
	return parts.join(' ');
}

function towards(from: Point, to: Point): Point {
	const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
	const share = Math.min(CORNER_RADIUS, length / 2) / length;
	return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function arrowOf(before: Point, { x, y }: Point): string {
	const angle = Math.atan2(y - before.y, x - before.x);
	const corner = (turn: number) =>
		`${x - ARROW_SIZE * 1.6 * Math.cos(angle + turn)} ${y - ARROW_SIZE * 1.6 * Math.sin(angle + turn)}`;
	return `M${x} ${y} L${corner(0.45)} L${corner(-0.45)} Z`;
}

function Legend({ progress }: Pick<StateGraphProps, 'progress'>) {
	const present = new Set([...progress.values()].map(({ status }) => status));
	return (
		<ul class="legend" aria-label="Legend">
			{[...present].map((status) => (
				<li key={status} class={`legend-${status}`}>
					<Icon name={STATE_ICONS[status]} size={13} />
					{STATE_STATUS_LABELS[status]}
				</li>
			))}
		</ul>
	);
}

import { Graph, layout as placeNodes } from '@dagrejs/dagre';
import type { Machine, MachineState, Transition } from './machine.ts';

/** A point in the coordinates of the whole graph. */
export interface Point {
	readonly x: number;
	readonly y: number;
}

/** A rectangle by its upper left corner. */
export interface Box extends Point {
	readonly width: number;
	readonly height: number;
}

/** A state with its place. A Parallel or Map is a frame around its branches. */
export interface PlacedState extends Box {
	readonly state: MachineState;
	readonly depth: number;
}

/** The start or an end of a machine. */
export interface Terminal extends Point {
	readonly kind: 'start' | 'end';
}

/** A line between two states. */
export interface PlacedEdge {
	/** `undefined`: the start. */
	readonly from: string | undefined;
	/** `undefined`: the end. */
	readonly to: string | undefined;
	readonly kind: Transition['kind'];
	readonly label?: string;
	readonly points: readonly Point[];
}

/** A graph that is ready to be drawn. */
export interface GraphLayout {
	readonly width: number;
	readonly height: number;
	readonly states: readonly PlacedState[];
	readonly terminals: readonly Terminal[];
	readonly edges: readonly PlacedEdge[];
}

const STATE_HEIGHT = 46;
const MIN_STATE_WIDTH = 168;
/** The icon before the name, and the space behind it. */
const STATE_PADDING = 52;
const TERMINAL_SIZE = 14;
const FRAME_PADDING = 18;
const FRAME_HEADER = 40;
const BRANCH_GAP = 20;

const START = '\u0000start';
const END = '\u0000end';

/** Lays out a machine from top to bottom. */
export function layoutMachine(machine: Machine): GraphLayout {
	return layout(machine, { depth: 0, hasTerminals: true });
}

function layout(
	machine: Machine,
	{ depth, hasTerminals }: { readonly depth: number; readonly hasTerminals: boolean },
): GraphLayout {
	const graph = new Graph({ multigraph: true });
	graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 38, edgesep: 18, marginx: 4, marginy: 4 });
	graph.setDefaultEdgeLabel(() => ({}));
	const inner = new Map(machine.states.map((state) => [state.name, layoutBranches(state, depth + 1)]));
	for (const state of machine.states) graph.setNode(state.name, sizeOf(state, inner.get(state.name)));
	const edges = machine.states.flatMap(edgesOf);
	if (hasTerminals) {
		const size = { width: TERMINAL_SIZE, height: TERMINAL_SIZE };
		graph.setNode(START, { ...size });
		graph.setNode(END, { ...size });
		edges.unshift({ from: START, to: machine.startAt, kind: 'next' });
		edges.push(
			...machine.states
				.filter(({ isEnd }) => isEnd)
				.map(({ name }) => ({ from: name, to: END, kind: 'next' as const })),
		);
	}
	edges.forEach(({ from, to, kind }, index) => {
		// A catch leaves the straight line to the next state.
		graph.setEdge(from, to, { weight: kind === 'catch' ? 1 : 4 }, String(index));
	});
	placeNodes(graph);

	const { width = 0, height = 0 } = graph.graph();
	const placed = machine.states.map((state) => ({ state, depth, ...boxOf(graph.node(state.name)) }));
	const nested = placed.map((each) => translated(inner.get(each.state.name), each));
	return {
		width,
		height,
		states: [...placed, ...nested.flatMap(({ states }) => states)],
		terminals: hasTerminals
			? [
					{ kind: 'start', ...pointOf(graph.node(START)) },
					{ kind: 'end', ...pointOf(graph.node(END)) },
				]
			: [],
		edges: [
			...edges.map(({ from, to, ...rest }, index) => ({
				from: from === START ? undefined : from,
				to: to === END ? undefined : to,
				...rest,
				points: graph.edge({ v: from, w: to, name: String(index) }).points?.map(pointOf) ?? [],
			})),
			...nested.flatMap((each) => each.edges),
		],
	};
}

interface Edge extends Omit<PlacedEdge, 'points' | 'from' | 'to'> {
	readonly from: string;
	readonly to: string;
}

function edgesOf({ name, transitions }: MachineState): Edge[] {
	return transitions.map(({ to, kind, label }) => ({
		from: name,
		to,
		kind,
		...(label === undefined ? {} : { label }),
	}));
}

/** Places branches side by side. */
function layoutBranches({ branches }: MachineState, depth: number): GraphLayout | undefined {
	if (branches.length === 0) return undefined;
	const layouts = branches.map((branch) => layout(branch, { depth, hasTerminals: false }));
	const height = Math.max(...layouts.map((each) => each.height));
	let x = FRAME_PADDING;
	const moved = layouts.map((each) => {
		const result = moveBy(each, { x, y: FRAME_HEADER });
		x += each.width + BRANCH_GAP;
		return result;
	});
	return {
		width: x - BRANCH_GAP + FRAME_PADDING,
		height: height + FRAME_HEADER + FRAME_PADDING,
		states: moved.flatMap(({ states }) => states),
		terminals: [],
		edges: moved.flatMap(({ edges }) => edges),
	};
}

const EMPTY: GraphLayout = { width: 0, height: 0, states: [], terminals: [], edges: [] };

function translated(inner: GraphLayout | undefined, { x, y }: Point): GraphLayout {
	return inner === undefined ? EMPTY : moveBy(inner, { x, y });
}

function moveBy(graph: GraphLayout, { x, y }: Point): GraphLayout {
	const move = (point: Point) => ({ x: point.x + x, y: point.y + y });
	return {
		...graph,
		states: graph.states.map((state) => ({ ...state, ...move(state) })),
		edges: graph.edges.map((edge) => ({ ...edge, points: edge.points.map(move) })),
	};
}

function sizeOf({ name }: MachineState, inner: GraphLayout | undefined) {
	const width = Math.max(MIN_STATE_WIDTH, Math.ceil(nameWidth(name)) + STATE_PADDING);
	if (inner === undefined) return { width, height: STATE_HEIGHT };
	return { width: Math.max(width + 60, inner.width), height: inner.height };
}

const canvas = document.createElement('canvas').getContext('2d');

/** The width of a name in the font of `.state-name`. */
function nameWidth(name: string): number {
	if (canvas === null) return 0;
	canvas.font = `600 12.5px ${window.getComputedStyle(document.body).fontFamily}`;
	return canvas.measureText(name).width;
}

interface DagreNode {
	readonly x?: number;
	readonly y?: number;
	readonly width?: number;
	readonly height?: number;
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: DagreNode): Box {
	return { x: x - width / 2, y: y - height / 2, width, height };
}

function pointOf({ x = 0, y = 0 }: DagreNode): Point {
	return { x, y };
}

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Task, TaskStatus } from '../../client/index.ts';
import { Button } from '../parts/buttons.tsx';
import { Icon } from '../parts/icon.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { STATUS_LOOK, STATUSES, StatusBadge } from '../parts/status.tsx';
import { Age } from '../parts/time.tsx';
import { Link, navigate, place } from '../router.tsx';
import { taskTypes } from '../types.ts';
import { ExampleTasks } from './example-tasks.tsx';
import { feed, followTasks, MAX_TASKS, visibleTaskIds } from './task-feed.ts';
import { applyFilter, filterPath, parseFilter, type TaskFilter } from './task-filter.ts';
import { durationOf, shortId } from './task-summary.ts';
import { VirtualRows } from './virtual-rows.tsx';

const NARROW = window.matchMedia('(max-width: 760px)');
const WIDE_ROW_PX = 40;
const NARROW_ROW_PX = 68;

/** The list of tasks with its filter. */
export function TaskListPage() {
	useEffect(() => {
		const controller = new AbortController();
		void followTasks(controller.signal);
		return () => controller.abort();
	}, []);
	const { tasks, isLoading, isTruncated, error } = feed.value;
	const filter = parseFilter(place.value.query);
	const found = useMemo(() => applyFilter(tasks, filter), [tasks, filterPath(filter)]);
	const isEmpty = tasks.length === 0 && !isLoading && error === undefined;
	return (
		<main class="page page-list">
			<header class="page-header">
				<h1>Tasks</h1>
				<p class="muted" aria-live="polite">
					{summaryOf(tasks.length, { isLoading, isTruncated })}
				</p>
				<Link to="/new" class="button button-primary push">
					<Icon name="plus" size={14} />
					New task
				</Link>
			</header>
			{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
			{isEmpty ? (
				<ExampleTasks />
			) : (
				<>
					<FilterBar
						filter={filter}
						counts={found.counts}
						total={found.total}
						isPartial={isLoading || isTruncated}
					/>
					<TaskTable tasks={found.tasks} isLoading={isLoading} />
				</>
			)}
		</main>
	);
}

function summaryOf(
	count: number,
	{ isLoading, isTruncated }: { isLoading: boolean; isTruncated: boolean },
): string {
	const number = count.toLocaleString();
	if (isLoading) return count === 0 ? 'Loading …' : `Loading … ${number}`;
	return isTruncated ? `the newest ${MAX_TASKS.toLocaleString()}` : number;
}

interface FilterBarProps {
	readonly filter: TaskFilter;
	readonly counts: ReadonlyMap<TaskStatus, number>;
	readonly total: number;
	/** Whether older tasks exist that are not counted. */
	readonly isPartial: boolean;
}

function FilterBar({ filter, counts, total, isPartial }: FilterBarProps) {
	const change = (next: Partial<Record<keyof TaskFilter, string | undefined>>) =>
		navigate(filterPath(parseFilter(queryOf({ ...filter, ...next }))), { replace: true });
	return (
		<search class="filter-bar">
			<div class="chips" role="group" aria-label="Filter by status">
				<StatusChip
					label="All"
					count={countText(total, isPartial)}
					isOn={filter.status === undefined}
					onClick={() => change({ status: undefined })}
				/>
				{STATUSES.map((status) => (
					<StatusChip
						key={status}
						status={status}
						label={STATUS_LOOK[status].label}
						count={countText(counts.get(status) ?? 0, isPartial)}
						isOn={filter.status === status}
						onClick={() => change({ status: filter.status === status ? undefined : status })}
					/>
				))}
			</div>
			<div class="filter-fields">
				<select
					aria-label="Filter by type"
					value={filter.type ?? ''}
					onChange={({ currentTarget }) => change({ type: currentTarget.value })}
				>
					<option value="">All types</option>
					{taskTypes.value.map(({ type }) => (
						<option key={type} value={type}>
							{type}
						</option>
					))}
				</select>
				<label class="search-field">
					<Icon name="search" size={14} />
					<span class="visually-hidden">Search by id, tag, type or error</span>
					<input
						type="search"
						id="search"
						placeholder="Id, tag or error"
						value={filter.text ?? ''}
						onInput={({ currentTarget }) => change({ text: currentTarget.value })}
					/>
					<kbd aria-hidden="true">/</kbd>
				</label>
			</div>
		</search>
	);
}

/** Returns a count, and marks it as a minimum while older tasks are missing from it. */
function countText(count: number, isPartial: boolean): string {
	return isPartial ? `${count.toLocaleString()}+` : count.toLocaleString();
}

function queryOf({
	status,
	type,
	text,
}: Partial<Record<keyof TaskFilter, string | undefined>>): URLSearchParams {
	return new URLSearchParams({ status: status ?? '', type: type ?? '', q: text ?? '' });
}

interface StatusChipProps {
	readonly label: string;
	readonly count: string;
	readonly isOn: boolean;
	readonly onClick: () => void;
	readonly status?: TaskStatus;
}

function StatusChip({ label, count, isOn, onClick, status }: StatusChipProps) {
	return (
		<button
			type="button"
			class={`chip ${status === undefined ? '' : `chip-${status}`}`}
			aria-pressed={isOn}
			onClick={onClick}
		>
			{status !== undefined && <Icon name={STATUS_LOOK[status].icon} size={13} />}
			{label} <span class="count">{count}</span>
		</button>
	);
}

const COLUMNS = [
	'Status',
	'Type',
	'Task',
	'Current state',
	'Progress',
	'Duration',
	'Attempts',
	'Tags',
	'Age',
] as const;

function TaskTable({ tasks, isLoading }: { readonly tasks: readonly Task[]; readonly isLoading: boolean }) {
	const [selectedId, select] = useState<string>();
	const isNarrow = useMedia(NARROW);
	const selected = tasks.findIndex(({ task_id: id }) => id === selectedId);
	useShortcuts({
		move: (by) => {
			const index = Math.max(0, Math.min(tasks.length - 1, (selected === -1 && by > 0 ? -1 : selected) + by));
			select(tasks[index]?.task_id);
		},
		open: () => selectedId !== undefined && selected !== -1 && navigate(`/tasks/${selectedId}`),
	});
	if (tasks.length === 0)
		return (
			<div class="empty">
				<p>{isLoading ? 'Loading tasks …' : 'No task matches this filter.'}</p>
				{!isLoading && (
					<Button kind="quiet" onClick={() => navigate('/', { replace: true })}>
						Clear the filter
					</Button>
				)}
			</div>
		);
	return (
		<div
			class="task-table"
			role="grid"
			aria-label="Tasks"
			aria-rowcount={tasks.length + 1}
			aria-activedescendant={selected === -1 ? undefined : `row-${selectedId}`}
			tabIndex={0}
		>
			<VirtualRows
				items={tasks}
				head={<TableHead />}
				rowHeight={isNarrow ? NARROW_ROW_PX : WIDE_ROW_PX}
				selected={selected}
				onVisible={(shown) => {
					visibleTaskIds.value = shown.map(({ task_id: id }) => id);
				}}
				renderRow={(task, index) => (
					<TaskRow key={task.task_id} task={task} index={index} isSelected={task.task_id === selectedId} />
				)}
			/>
		</div>
	);
}

function TableHead() {
	return (
		<div role="rowgroup" class="task-head">
			<div role="row" class="task-row" aria-rowindex={1}>
				{COLUMNS.map((column) => (
					<div role="columnheader" key={column} class={`cell cell-${column.replace(' ', '-').toLowerCase()}`}>
						{column}
					</div>
				))}
			</div>
		</div>
	);
}

interface TaskRowProps {
	readonly task: Task;
	readonly index: number;
	readonly isSelected: boolean;
}

function TaskRow({ task, index, isSelected }: TaskRowProps) {
	const { task_id: id, type, status, tags, waiting_for: waitingFor, redrive_count: redrives } = task;
	const open = (event: MouseEvent) => {
		if (event.target instanceof Element && event.target.closest('a') !== null) return;
		navigate(`/tasks/${id}`);
	};
	return (
		<div
			role="row"
			id={`row-${id}`}
			class="task-row"
			aria-rowindex={index + 2}
			aria-selected={isSelected}
			onClick={open}
		>
			<div role="gridcell" class="cell cell-status">
				<StatusBadge status={status} isWaiting={waitingFor !== undefined && status === 'RUNNING'} />
			</div>
			<div role="gridcell" class="cell cell-type">
				{type}
			</div>
			<div role="gridcell" class="cell cell-task">
				<Link to={`/tasks/${id}`} class="mono" title={id}>
					{shortId(id)}
				</Link>
			</div>
			<div role="gridcell" class="cell cell-current-state">
				<CurrentState task={task} />
			</div>
			<div role="gridcell" class="cell cell-progress">
				<ProgressBar task={task} />
			</div>
			<div role="gridcell" class="cell cell-duration number">
				{durationOf(task)}
			</div>
			<div role="gridcell" class="cell cell-attempts number">
				{redrives + 1}
			</div>
			<div role="gridcell" class="cell cell-tags">
				{Object.entries(tags).map(([key, value]) => (
					<span class="tag" key={key}>
						{key}:{value}
					</span>
				))}
			</div>
			<div role="gridcell" class="cell cell-age number">
				<Age at={task.created_at} />
			</div>
		</div>
	);
}

function CurrentState({ task }: { readonly task: Task }) {
	const { error, status, task_id: id, progress, waiting_for: waitingFor } = task;
	if (error !== undefined) return <span class="error-code">{error.code}</span>;
	const state = status === 'RUNNING' ? feed.value.currentStates.get(id) : undefined;
	if (waitingFor !== undefined)
		return (
			<span>
				{state ?? 'Waiting'} · callback {waitingFor.callback_key}
			</span>
		);
	return <span>{[state, progress?.message].filter((part) => part !== undefined).join(' · ')}</span>;
}

function ProgressBar({ task }: { readonly task: Task }) {
	const percent = task.progress?.percent;
	if (percent === undefined) return null;
	return <progress aria-label="Progress" max={100} value={percent} title={`${percent} %`} />;
}

function useMedia(query: MediaQueryList): boolean {
	const [matches, setMatches] = useState(query.matches);
	useEffect(() => {
		const update = () => setMatches(query.matches);
		query.addEventListener('change', update);
		return () => query.removeEventListener('change', update);
	}, [query]);
	return matches;
}

interface Shortcuts {
	readonly move: (by: number) => void;
	readonly open: () => void;
}

const MOVES: Readonly<Record<string, number>> = {
	ArrowDown: 1,
	j: 1,
	ArrowUp: -1,
	k: -1,
	PageDown: 15,
	PageUp: -15,
	End: Number.MAX_SAFE_INTEGER,
	Home: -Number.MAX_SAFE_INTEGER,
};

/** Arrows or j and k select a row, Enter opens it, `/` searches, n creates a task. */
function useShortcuts(shortcuts: Shortcuts): void {
	const latest = useRef(shortcuts);
	latest.current = shortcuts;
	useEffect(() => {
		const onKey = (event: KeyboardEvent) => {
			const { target, key, ctrlKey, metaKey, altKey } = event;
			if (ctrlKey || metaKey || altKey) return;
			const isTyping = target instanceof HTMLElement && target.matches('input, select, textarea');
			if (isTyping) {
				if (key === 'Escape') target.blur();
				return;
			}
			const move = MOVES[key];
			if (move !== undefined) latest.current.move(move);
			else if (key === '/') document.getElementById('search')?.focus();
			else if (key === 'n') navigate('/new');
			else if (key === 'Enter' && !(target instanceof HTMLElement && target.matches('a, button')))
				latest.current.open();
			else return;
			event.preventDefault();
		};
		window.addEventListener('keydown', onKey);
		return () => window.removeEventListener('keydown', onKey);
	}, []);
}

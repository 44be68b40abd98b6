import { useMemo, useState } from 'preact/hooks';
import type { Task, TaskType } from '../../client/index.ts';
import { curlOf } from '../api.ts';
import { CopyButton } from '../parts/buttons.tsx';
import { Icon } from '../parts/icon.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { usePolling } from '../parts/polling.ts';
import { StatusBadge } from '../parts/status.tsx';
import { Age, formatDuration, nowMs, Time } from '../parts/time.tsx';
import { Link } from '../router.tsx';
import { SETTINGS } from '../settings.ts';
import { durationOf, shortId } from '../tasks/task-summary.ts';
import { taskTypeByName } from '../types.ts';
import { ApprovalCard } from './approval-card.tsx';
import { Inspector } from './inspector.tsx';
import { type LiveTask, pollInterval, readLiveTask } from './live-task.ts';
import { LogPanel } from './log-panel.tsx';
import { parseMachine } from './machine.ts';
import { StateGraph } from './state-graph.tsx';
import { progressOf, takenTransitions } from './state-progress.ts';
import { TaskActions } from './task-actions.tsx';
import { Waterfall } from './waterfall.tsx';

/** One task: its status, its state machine, its timeline, its log and its actions. */
export function TaskPage({ taskId }: { readonly taskId: string }) {
	const {
		value: live,
		error,
		refresh,
	} = usePolling<LiveTask>((signal) => readLiveTask(taskId, signal), pollInterval, taskId);
	return (
		<main class="page page-task">
			<nav class="breadcrumb" aria-label="Breadcrumb">
				<Link to="/">Tasks</Link>
				<Icon name="chevron" size={12} />
				<span class="mono" title={taskId}>
					{shortId(taskId)}
				</span>
				<CopyButton subject="task id" text={taskId} />
			</nav>
			{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
			{live === undefined ? (
				error === undefined && <p class="muted">Loading …</p>
			) : (
				<TaskView live={live} type={taskTypeByName.value.get(live.task.type)} onChange={refresh} />
			)}
		</main>
	);
}

interface TaskViewProps {
	readonly live: LiveTask;
	readonly type: TaskType | undefined;
	readonly onChange: () => void;
}

function TaskView({ live, type, onChange }: TaskViewProps) {
	const { task, events } = live;
	const [selected, select] = useState<string>();
	const machine = useMemo(() => parseMachine(type?.definition), [type]);
	const progress = useMemo(() => progressOf(machine, events, task), [machine, live]);
	const taken = useMemo(() => takenTransitions(events, task), [live]);
	const toggle = (state: string) => select(state === selected ? undefined : state);
	return (
		<>
			<header class="page-header task-header">
				<h1>{task.type}</h1>
				<span aria-live="polite">
					<StatusBadge
						status={task.status}
						isWaiting={task.status === 'RUNNING' && task.waiting_for !== undefined}
					/>
				</span>
				{task.cancel_requested_at !== undefined && <span class="muted">Cancellation requested</span>}
				<div class="push actions">
					<CopyButton subject="request" text={curlOf({ method: 'GET', path: `/v1/tasks/${task.task_id}` })}>
						curl
					</CopyButton>
					<TaskActions live={live} onChange={onChange} />
				</div>
			</header>
			<Facts task={task} />
			{task.progress !== undefined && (
				<div class="task-progress">
					<progress max={100} value={task.progress.percent} aria-label="Progress" />
					<span>
						{task.progress.percent} % · {task.progress.message}
					</span>
				</div>
			)}
			{task.error !== undefined && (
				<div class="notice notice-error">
					<Icon name="cross" />
					<div>
						<strong>{task.error.code}</strong>
						<p>{task.error.message}</p>
					</div>
				</div>
			)}
			{task.waiting_for !== undefined && task.status === 'RUNNING' && (
				<ApprovalCard waitingFor={task.waiting_for} onAnswered={onChange} />
			)}
			<div class="task-columns">
				<section class="panel panel-graph" aria-label="State machine">
					<header class="panel-header">
						<h2>State machine</h2>
					</header>
					<StateGraph
						machine={machine}
						progress={progress}
						taken={taken}
						selected={selected}
						onSelect={toggle}
					/>
				</section>
				<Inspector
					live={live}
					state={selected}
					progress={selected === undefined ? undefined : progress.get(selected)}
					onClose={() => select(undefined)}
				/>
			</div>
			<Waterfall live={live} progress={progress} selected={selected} onSelect={toggle} />
			{SETTINGS.isLocal && <LogPanel task={task} state={selected} />}
		</>
	);
}

function Facts({ task }: { readonly task: Task }) {
	const {
		run_at: runAt,
		started_at: startedAt,
		finished_at: finishedAt,
		expires_at: expiresAt,
		rerun_of: rerunOf,
		tags,
	} = task;
	return (
		<dl class="facts">
			<Fact name="Created">
				<Time at={task.created_at} />{' '}
				<span class="muted">
					<Age at={task.created_at} /> ago
				</span>
			</Fact>
			{runAt !== undefined && (
				<Fact name="Starts at">
					<Time at={runAt} />
				</Fact>
			)}
			<Fact name="Queue time">
				{formatDuration(
					Math.max(
						0,
						(startedAt === undefined ? nowMs.value : Date.parse(startedAt)) -
							Date.parse(runAt ?? task.created_at),
					),
				)}
			</Fact>
			<Fact name="Duration">{startedAt === undefined ? 'Not started' : durationOf(task)}</Fact>
			{finishedAt !== undefined && (
				<Fact name="Finished">
					<Time at={finishedAt} />
				</Fact>
			)}
			<Fact name="Attempts">{task.redrive_count + 1}</Fact>
			{expiresAt !== undefined && (
				<Fact name="Expires">
					in {formatDuration(Math.max(0, Math.ceil((Date.parse(expiresAt) - nowMs.value) / 60_000) * 60_000))}
				</Fact>
			)}
			{rerunOf !== undefined && (
				<Fact name="Rerun of">
					<Link to={`/tasks/${rerunOf}`} class="mono">
						{shortId(rerunOf)}
					</Link>
				</Fact>
			)}
			{SETTINGS.auth === 'none' && (
				<Fact name="Links">
					<a href={task.links.self}>self</a>, <a href={task.links.events}>events</a>
				</Fact>
			)}
			{Object.keys(tags).length > 0 && (
				<Fact name="Tags">
					{Object.entries(tags).map(([key, value]) => (
						<span class="tag" key={key}>
							{key}:{value}
						</span>
					))}
				</Fact>
			)}
		</dl>
	);
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

import { useEffect } from 'preact/hooks';
import { NewTaskPage } from './new-task/new-task-page.tsx';
import { Button } from './parts/buttons.tsx';
import { ColorSchemeButton } from './parts/color-scheme.tsx';
import { ErrorNotice } from './parts/notice.tsx';
import { Link, place } from './router.tsx';
import { isSignedIn, principal, signOut } from './session.ts';
import { SETTINGS } from './settings.ts';
import { SignInPage } from './sign-in-page.tsx';
import { BuildErrors } from './system/build-errors.tsx';
import { SystemPage } from './system/system-page.tsx';
import { TaskPage } from './task/task-page.tsx';
import { TaskListPage } from './tasks/task-list-page.tsx';
import { loadTaskTypes, taskTypesError } from './types.ts';

/** The whole page: the bar at the top and the view that the address names. */
export function App() {
	const canCall = isSignedIn.value;
	useEffect(() => {
		if (canCall) void loadTaskTypes();
	}, [canCall]);
	return (
		<>
			<TopBar />
			{canCall && taskTypesError.value !== undefined && (
				<div class="banner">
					<ErrorNotice>
						{taskTypesError.value}{' '}
						<Button kind="quiet" onClick={() => void loadTaskTypes()}>
							Try again
						</Button>
					</ErrorNotice>
				</div>
			)}
			{SETTINGS.isLocal && <BuildErrors />}
			{canCall ? <View /> : <SignInPage />}
		</>
	);
}

function View() {
	const { path } = place.value;
	const [, taskId] = /^\/tasks\/([0-9a-fA-F-]+)$/.exec(path) ?? [];
	if (taskId !== undefined) return <TaskPage key={taskId} taskId={taskId} />;
	if (path === '/new') return <NewTaskPage />;
	if (path === '/system' && SETTINGS.isLocal) return <SystemPage />;
	return <TaskListPage />;
}

function TopBar() {
	const { path } = place.value;
	const current = (isCurrent: boolean) => (isCurrent ? 'page' : undefined);
	return (
		<header class="top-bar">
			<Link to="/" class="brand">
				<img src="./assets/icon.svg" alt="" width={20} height={20} />
				task-api
			</Link>
			<nav aria-label="Main">
				<Link to="/" aria-current={current(path === '/' || path.startsWith('/tasks'))}>
					Tasks
				</Link>
				<Link to="/new" aria-current={current(path === '/new')}>
					New
				</Link>
				{SETTINGS.isLocal && (
					<Link to="/system" aria-current={current(path === '/system')}>
						System
					</Link>
				)}
				<a href={`${SETTINGS.basePath}/v1/docs`}>Docs</a>
			</nav>
			<div class="push top-bar-end">
				{principal.value !== undefined && (
					<>
						<span class="muted principal">{principal.value}</span>
						<Button kind="quiet" onClick={signOut}>
							Sign out
						</Button>
					</>
				)}
				<ColorSchemeButton />
			</div>
		</header>
	);
}

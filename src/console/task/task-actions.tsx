import { useState } from 'preact/hooks';
import { api, messageOf } from '../api.ts';
import { objectOf } from '../new-task/json-schema.ts';
import { openWithData } from '../new-task/new-task-page.tsx';
import { Button } from '../parts/buttons.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { navigate } from '../router.tsx';
import type { LiveTask } from './live-task.ts';

interface TaskActionsProps {
	readonly live: LiveTask;
	/** Called after the task has changed. */
	readonly onChange: () => void;
}

/** Buttons for the operations that the task's links allow. */
export function TaskActions({ live, onChange }: TaskActionsProps) {
	const { task } = live;
	const { cancel, redrive, rerun } = task.links;
	const [error, setError] = useState<string>();
	const [isBusy, setBusy] = useState(false);
	const run = (action: () => Promise<void>) => {
		setBusy(true);
		setError(undefined);
		action()
			.catch((cause: unknown) => setError(messageOf(cause)))
			.finally(() => setBusy(false));
	};
	const data = dataOf(live);
	return (
		<>
			{rerun !== undefined && data !== undefined && (
				<Button isDisabled={isBusy} onClick={() => openWithData(task.type, data)}>
					Edit and rerun
				</Button>
			)}
			{rerun !== undefined && (
				<Button
					isDisabled={isBusy}
					onClick={() => run(async () => navigate(`/tasks/${(await api.rerun(task)).task_id}`))}
				>
					Rerun
				</Button>
			)}
			{redrive !== undefined && (
				<Button
					kind="primary"
					icon="retry"
					isDisabled={isBusy}
					onClick={() =>
						run(async () => {
							await api.redrive(task);
							onChange();
						})
					}
				>
					Redrive
				</Button>
			)}
			{cancel !== undefined && (
				<Button
					kind="danger"
					icon="stop"
					isDisabled={isBusy || task.cancel_requested_at !== undefined}
					onClick={() =>
						run(async () => {
							await api.cancel(task);
							onChange();
						})
					}
				>
					Cancel task
				</Button>
			)}
			{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
		</>
	);
}

/** Returns the task's `data`: the API shows it as the input of the first state, unless that is above 4 KiB. */
export function dataOf({ events: [first] }: LiveTask): unknown {
	return first === undefined || first.input_truncated === true ? undefined : objectOf(first.input)['data'];
}

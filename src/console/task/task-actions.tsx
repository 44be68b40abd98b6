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
				<CancelForm
					isDisabled={isBusy || task.cancel_requested_at !== undefined}
					onCancel={(reason) =>
						run(async () => {
							await api.cancel(task, reason === '' ? {} : { reason });
							onChange();
						})
					}
				/>
			)}
			{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
		</>
	);
}

interface CancelFormProps {
	readonly isDisabled: boolean;
	/** Called with the reason, which may be empty. */
	readonly onCancel: (reason: string) => void;
}

/** Not an inline function, which would take the focus back with every poll. */
const focus = (input: HTMLInputElement | null) => input?.focus();

/** A button that asks for an optional reason before it cancels the task. */
function CancelForm({ isDisabled, onCancel }: CancelFormProps) {
	const [isOpen, setOpen] = useState(false);
	const [reason, setReason] = useState('');
	if (!isOpen)
		return (
			<Button kind="danger" icon="stop" isDisabled={isDisabled} onClick={() => setOpen(true)}>
				Cancel task
			</Button>
		);
	return (
		<form
			class="cancel-form"
			aria-label="Cancel task"
			onSubmit={(event) => {
				event.preventDefault();
				setOpen(false);
				onCancel(reason.trim());
			}}
		>
			<label class="visually-hidden" for="cancel-reason">
				Reason
			</label>
			<input
				id="cancel-reason"
				type="text"
				placeholder="Reason (optional)"
				value={reason}
				maxLength={1000}
				ref={focus}
				onInput={({ currentTarget }) => setReason(currentTarget.value)}
			/>
			<Button kind="danger" icon="stop" type="submit" isDisabled={isDisabled}>
				Cancel task
			</Button>
			<Button kind="quiet" onClick={() => setOpen(false)}>
				Keep running
			</Button>
		</form>
	);
}

/** Returns the task's `data`: the API shows it as the input of the first state, unless that is above 4 KiB. */
export function dataOf({ events: [first] }: LiveTask): unknown {
	return first === undefined || first.input_truncated === true ? undefined : objectOf(first.input)['data'];
}

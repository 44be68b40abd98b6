import type { TaskStatus } from '../../client/index.ts';
import { Icon, type IconName } from './icon.tsx';

/** How each status is shown, in the order of the filter. */
export const STATUS_LOOK: Readonly<Record<TaskStatus, { readonly label: string; readonly icon: IconName }>> =
	{
		RUNNING: { label: 'Running', icon: 'play' },
		PENDING: { label: 'Pending', icon: 'clock' },
		SUCCEEDED: { label: 'Succeeded', icon: 'check' },
		FAILED: { label: 'Failed', icon: 'cross' },
		TIMED_OUT: { label: 'Timed out', icon: 'hourglass' },
		ABORTED: { label: 'Aborted', icon: 'stop' },
	};

/** All statuses, in the order of the filter. */
export const STATUSES: readonly TaskStatus[] = [
	'RUNNING',
	'PENDING',
	'SUCCEEDED',
	'FAILED',
	'TIMED_OUT',
	'ABORTED',
];

interface StatusBadgeProps {
	readonly status: TaskStatus;
	/** Shown instead of Running while the task waits for a callback. */
	readonly isWaiting?: boolean;
}

/** The status as text, colour and icon. */
export function StatusBadge({ status, isWaiting = false }: StatusBadgeProps) {
	const { label, icon } = STATUS_LOOK[status];
	return (
		<span class={`status status-${isWaiting ? 'WAITING' : status}`}>
			<Icon name={isWaiting ? 'pause' : icon} size={14} />
			{isWaiting ? 'Waiting' : label}
		</span>
	);
}

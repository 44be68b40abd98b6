import { useState } from 'preact/hooks';
import type { Task } from '../../client/index.ts';
import { api, messageOf } from '../api.ts';
import { Button } from '../parts/buttons.tsx';
import { Icon } from '../parts/icon.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Age, formatDuration, nowMs } from '../parts/time.tsx';

interface ApprovalCardProps {
	readonly waitingFor: NonNullable<Task['waiting_for']>;
	/** Called after the answer was accepted. */
	readonly onAnswered: () => void;
}

/** Answers the callback that a task waits for. */
export function ApprovalCard({ waitingFor, onAnswered }: ApprovalCardProps) {
	const { callback_key: key, since, expires_at: expiresAt } = waitingFor;
	const [comment, setComment] = useState('');
	const [answered, setAnswered] = useState<string>();
	const [error, setError] = useState<string>();
	const answer = (status: 'success' | 'failure') => {
		setError(undefined);
		setAnswered(status === 'success' ? 'Approved' : 'Rejected');
		const message = comment.trim();
		api
			.answerCallback(key, { status, ...(message === '' ? {} : { message }) })
			.then(onAnswered)
			.catch((cause: unknown) => {
				setAnswered(undefined);
				setError(messageOf(cause));
			});
	};
	return (
		<section class="panel approval" aria-label="Approval">
			<div class="approval-text">
				<h2>
					<Icon name="pause" />
					Waiting for an answer
				</h2>
				<p>
					Callback <code>{key}</code> has been open for <Age at={since} /> and expires in{' '}
					{formatDuration(Math.max(0, Math.ceil((Date.parse(expiresAt) - nowMs.value) / 60_000) * 60_000))}.
				</p>
			</div>
			<div class="approval-form">
				<label class="visually-hidden" for="comment">
					Comment
				</label>
				<input
					id="comment"
					type="text"
					placeholder="Comment (optional)"
					value={comment}
					maxLength={4000}
					onInput={({ currentTarget }) => setComment(currentTarget.value)}
				/>
				<Button
					kind="primary"
					icon="check"
					isDisabled={answered !== undefined}
					onClick={() => answer('success')}
				>
					Approve
				</Button>
				<Button
					kind="danger"
					icon="cross"
					isDisabled={answered !== undefined}
					onClick={() => answer('failure')}
				>
					Reject
				</Button>
			</div>
			{answered !== undefined && (
				<p class="muted" role="status">
					{answered}. The task continues …
				</p>
			)}
			{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
		</section>
	);
}

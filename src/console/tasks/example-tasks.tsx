import { useState } from 'preact/hooks';
import { api, messageOf } from '../api.ts';
import { exampleOf } from '../new-task/json-schema.ts';
import { Button } from '../parts/buttons.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Link, navigate } from '../router.tsx';
import { taskTypes } from '../types.ts';

/** Content of an empty list: one example of each type, to post with a click. */
export function ExampleTasks() {
	const [error, setError] = useState<string>();
	const post = async (type: string, inputSchema: unknown) => {
		try {
			const task = await api.create<string>({ type, data: exampleOf(inputSchema) });
			navigate(`/tasks/${task.task_id}`);
		} catch (cause) {
			setError(messageOf(cause));
		}
	};
	return (
		<section class="welcome">
			<h2>No tasks yet</h2>
			<p class="muted">Post an example to watch its state machine run.</p>
			{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
			<ul class="cards">
				{taskTypes.value.map(({ type, description, input_schema: inputSchema }) => (
					<li key={type} class="card">
						<h3>{type}</h3>
						<p>{description}</p>
						<div class="card-actions">
							<Button kind="primary" icon="play" onClick={() => void post(type, inputSchema)}>
								Post an example
							</Button>
							<Link to={`/new?type=${encodeURIComponent(type)}`} class="button button-quiet">
								Edit first
							</Link>
						</div>
					</li>
				))}
			</ul>
		</section>
	);
}

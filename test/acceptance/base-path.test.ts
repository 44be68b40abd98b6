import { test } from 'tap';
import { buildProject } from '../../src/local/build-project.ts';
import { projectOptions } from '../../src/local/start-stack.ts';
import { startStack } from '../../src/local-aws/index.ts';
import { pollUntil } from '../support/poll.ts';

/** The packaged template behind the custom domain `api.example.com/jobs`. */
async function mappedTemplate(): Promise<object> {
	const template = Object(await buildProject('none'));
	const mapping = {
		Type: 'AWS::ApiGatewayV2::ApiMapping',
		Properties: {
			ApiId: { Ref: 'HttpApi' },
			DomainName: 'api.example.com',
			Stage: '$default',
			ApiMappingKey: 'jobs',
		},
	};
	return { ...template, Resources: { ...template.Resources, JobsMapping: mapping } };
}

test('behind an API mapping every reference keeps the base path', async (t) => {
	const stack = await startStack({ ...projectOptions(), template: await mappedTemplate() });
	t.teardown(() => stack.close());
	const request = async (path: string, init: RequestInit = {}) => {
		const response = await fetch(`${stack.url}${path}`, {
			headers: { 'content-type': 'application/json' },
			...init,
		});
		return { status: response.status, headers: response.headers, body: Object(await response.json()) };
	};
	const greeting = JSON.stringify({ type: 'greeting', data: { name: 'Ada' } });

	const created = await request('/jobs/v1/tasks', { method: 'POST', body: greeting });
	const location = created.headers.get('location') ?? '';
	t.equal(created.status, 202);
	t.equal(location, `/jobs/v1/tasks/${created.body.task_id}`);
	const links = { self: location, events: `${location}/events`, cancel: `${location}/cancel` };
	t.strictSame(created.body.links, links);

	const finished = await pollUntil('the greeting', async () => {
		const { body } = await request(location);
		return body.status === 'SUCCEEDED' ? body : undefined;
	});
	for (const link of Object.values<string>(finished.links)) {
		t.ok(link.startsWith(location), link);
		const method = link.endsWith('/rerun') ? 'POST' : 'GET';
		t.ok([200, 202].includes((await request(link, { method })).status), `${method} ${link}`);
	}
	const list = await request('/jobs/v1/tasks');
	t.ok(list.body.tasks.every((task: { links: { self: string } }) => task.links.self.startsWith('/jobs/v1/')));

	t.strictSame((await request('/jobs/v1/openapi.json')).body.servers, [{ url: '/jobs' }]);
	t.match(await request('/jobs/v1/tasks/nothing?x=1'), {
		status: 422,
		body: { instance: '/jobs/v1/tasks/nothing' },
	});
	t.match(await request('/jobs/v1/nothing'), { status: 404, body: { instance: '/jobs/v1/nothing' } });

	const direct = await request('/v1/tasks', { method: 'POST', body: greeting });
	t.equal(direct.headers.get('location'), `/v1/tasks/${direct.body.task_id}`, 'without the mapping');
});

import { test } from 'tap';
import { parseSettings } from '../../src/local/settings.ts';

test('defaults, also for empty variables', async (t) => {
	const defaults = { port: 4000, auth: 'none' };
	t.strictSame(parseSettings({}), defaults);
	const empty = {
		PORT: '',
		AWS_PORT: '',
		AUTH: '',
		TASKS_PER_MINUTE: '',
		DATA_DIR: '',
		SLACK_WEBHOOK_URL: '',
		LOG_FORMAT: '',
	};
	t.strictSame(parseSettings(empty), defaults);
});

test('every setting is read', async (t) => {
	const environment = {
		PORT: '0',
		AWS_PORT: '65535',
		AUTH: 'jwt',
		TASKS_PER_MINUTE: '60',
		DATA_DIR: 'data',
		SLACK_WEBHOOK_URL: 'https://hooks.example/x',
		LOG_FORMAT: 'json',
	};
	t.strictSame(parseSettings(environment), {
		port: 0,
		awsPort: 65_535,
		auth: 'jwt',
		tasksPerMinute: 60,
		dataDir: 'data',
		slackWebhookUrl: 'https://hooks.example/x',
		logFormat: 'json',
	});
});

test('an invalid setting is named with its allowed values', async (t) => {
	const table: [environment: Record<string, string>, message: string][] = [
		[{ PORT: 'x' }, 'PORT must be between 0 and 65535, got "x".'],
		[{ PORT: '65536' }, 'PORT must be between 0 and 65535, got "65536".'],
		[{ PORT: '-1' }, 'PORT must be between 0 and 65535, got "-1".'],
		[{ PORT: '4000 ' }, 'PORT must be between 0 and 65535, got "4000 ".'],
		[{ AWS_PORT: '1e3' }, 'AWS_PORT must be between 0 and 65535, got "1e3".'],
		[{ AUTH: 'maybe' }, 'AUTH must be none or jwt, got "maybe".'],
		[{ LOG_FORMAT: 'xml' }, 'LOG_FORMAT must be text or json, got "xml".'],
		[{ TASKS_PER_MINUTE: '1.5' }, 'TASKS_PER_MINUTE must be between 0 and 999999999, got "1.5".'],
		[{ SLACK_WEBHOOK_URL: 'hooks' }, 'SLACK_WEBHOOK_URL must be an http or https URL, got "hooks".'],
	];
	for (const [environment, message] of table) t.throws(() => parseSettings(environment), { message });
});

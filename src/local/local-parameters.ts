import { LOCAL_CALLBACK_SECRET, type LocalSettings } from './settings.ts';

/** Well-known credentials, and no limit on the tasks of a principal. */
const LAPTOP = {
	partnerTokens: '{"current":"local-partner-token"}',
	callbackTokens: JSON.stringify({ [LOCAL_CALLBACK_SECRET]: 'local' }),
	tasksPerMinute: '0',
	eventsPerMinute: '0',
	webhookAddresses: 'loopback',
};

/** Deploy parameters of the local stage, by the setting `AUTH`. */
export const LOCAL_PARAMETERS: Readonly<Record<LocalSettings['auth'], Readonly<Record<string, string>>>> = {
	none: { auth: 'none', ...LAPTOP },
	jwt: {
		auth: 'jwt',
		jwtIssuer: 'https://issuer.local/',
		jwtAudience: 'task-api',
		scopePrefix: 'task-api/',
		...LAPTOP,
	},
};

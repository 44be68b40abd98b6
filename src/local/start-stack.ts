import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { bundle } from '../deploy/bundle.ts';
import { readDefinitions } from '../deploy/load-workflows.ts';
import { packageTemplate } from '../deploy/package.ts';
import { type Clock, createSystemClock } from '../local-aws/clock.ts';
import { bootStack, type Stack } from '../local-aws/stack/boot-stack.ts';
import type { Log } from '../tasks/log.ts';
import type { LocalSettings } from './settings.ts';

/** The issuer of the tokens that the laptop's gateway takes. */
const ISSUER = 'https://issuer.local/';
const AUDIENCE = 'task-api';

/** The token that the partner APIs of a laptop take, which everybody may know, and no limit of one's own tasks. */
const LAPTOP = { partnerTokens: '{"current":"local-partner-token"}', tasksPerMinute: '0' };

/** What the template is packaged with, by how callers are known. */
export const LOCAL_PARAMETERS: Readonly<Record<LocalSettings['auth'], Readonly<Record<string, string>>>> = {
	none: { auth: 'none', ...LAPTOP },
	jwt: { auth: 'jwt', jwtIssuer: ISSUER, jwtAudience: AUDIENCE, ...LAPTOP },
};

/** Bundles, packages and boots: what a deploy would deploy, on this machine. */
export async function startStack(settings: LocalSettings, log: Log): Promise<Stack> {
	// Told here in one line rather than in serverless's own.
	readDefinitions();
	await bundle();
	return bootPackaged(settings, { log, clock: createSystemClock() });
}

/** Boots what is bundled already. */
export async function bootPackaged(
	settings: LocalSettings,
	{ log, clock }: { readonly log: Log; readonly clock: Clock },
): Promise<Stack> {
	const { auth, dataDir } = settings;
	const template = await packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS[auth] });
	if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
	return bootStack({
		...settings,
		...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
		template,
		projectDir: resolve(import.meta.dirname, '../..'),
		clock,
		issuer: ISSUER,
		audience: AUDIENCE,
		log,
	});
}

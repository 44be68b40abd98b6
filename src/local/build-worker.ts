import { parentPort, workerData } from 'node:worker_threads';
import * as Type from 'typebox';
import { parseValue } from '../parse.ts';
import { buildProject } from './build-project.ts';

/** The result of a build in a thread of its own. */
export type BuildResult =
	| { readonly kind: 'built'; readonly template: unknown }
	| { readonly kind: 'failed'; readonly message: string };

const WorkerData = Type.Object({ auth: Type.Enum(['none', 'jwt']) });

/** Builds once, with the modules of the project as they are now. */
async function run(): Promise<BuildResult> {
	const { auth } = parseValue(WorkerData, workerData, 'worker data');
	try {
		return { kind: 'built', template: await buildProject(auth) };
	} catch (error) {
		return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
	}
}

parentPort?.postMessage(await run());

import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { loadWorkflows } from '../../src/deploy/load-workflows.ts';
import { HISTORIES, RELEASED } from './released.ts';

// Records the deployed definitions and the histories, so that later steps are tested with them.
await rm(RELEASED, { recursive: true, force: true });
await mkdir(new URL('definitions/', RELEASED), { recursive: true });
for (const { name, definition } of await loadWorkflows())
	await writeFile(
		new URL(`definitions/${name}.asl.json`, RELEASED),
		`${JSON.stringify(definition, null, '\t')}\n`,
	);
await cp(HISTORIES, new URL('histories/', RELEASED), { recursive: true });

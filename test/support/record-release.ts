import { cp, mkdir, rm } from 'node:fs/promises';
import { readDefinitions } from '../../src/deploy/load-workflows.ts';
import { definitionOf, HISTORIES, RELEASED } from './released.ts';

/** Keeps the definitions and histories of what is released now, for the steps that come after. */
await rm(RELEASED, { recursive: true, force: true });
await mkdir(new URL('definitions/', RELEASED), { recursive: true });
for (const { name } of readDefinitions())
	await cp(definitionOf(name), new URL(`definitions/${name}.asl.json`, RELEASED));
await cp(HISTORIES, new URL('histories/', RELEASED), { recursive: true });

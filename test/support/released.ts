import { readFileSync } from 'node:fs';
import { packageDefinition } from '../../src/deploy/packaged-definition.ts';
import { declaredErrors } from '../../src/workflows/catalog.ts';

const WORKFLOWS = new URL('../../src/workflows/', import.meta.url);

/** The definitions and histories of the last release, as `npm run record-release` has recorded them. */
export const RELEASED = new URL('../workflows/released/', import.meta.url);

const CURRENT = new URL('../workflows/', import.meta.url);

/**
 * An execution keeps the definition that it started with and calls the current steps. With `RELEASED=1` the tests of the
 * workflows run with the definitions and histories of the last release.
 */
const isReleased = process.env['RELEASED'] === '1';

/** The folder of the golden histories. */
export const HISTORIES = new URL('histories/', isReleased ? RELEASED : CURRENT);

/** Returns the definition of a workflow as it is deployed, or as it was released. */
export function definitionOf(workflow: string): object {
	return isReleased
		? readJson(new URL(`definitions/${workflow}.asl.json`, RELEASED))
		: packageDefinition(
				readJson(new URL(`${workflow}/definition.asl.json`, WORKFLOWS)),
				declaredErrors(workflow),
			);
}

function readJson(file: URL): object {
	return JSON.parse(readFileSync(file, 'utf8'));
}

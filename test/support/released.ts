const WORKFLOWS = new URL('../../src/workflows/', import.meta.url);

/** The definitions and histories of the last release, as `npm run record-release` has kept them. */
export const RELEASED = new URL('../workflows/released/', import.meta.url);

const NOW = new URL('../workflows/', import.meta.url);

/**
 * Executions run on with the definition that they began with, and call the steps of now. With `RELEASED=1` the tests of
 * the workflows are run so: the definitions and the histories are those of the last release.
 */
const isReleased = process.env['RELEASED'] === '1';

export const HISTORIES = new URL('histories/', isReleased ? RELEASED : NOW);

export function definitionOf(workflow: string): URL {
	return isReleased
		? new URL(`definitions/${workflow}.asl.json`, RELEASED)
		: new URL(`${workflow}/definition.asl.json`, WORKFLOWS);
}

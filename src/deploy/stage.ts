/** The stages with a fixed name. `local` only runs on a laptop. */
const STAGES: ReadonlySet<string> = new Set(['dev', 'staging', 'prod', 'local']);

/** The stage of a merge request. */
const REVIEW = /^review-[1-9][0-9]{0,5}$/;

/**
 * Returns the name of a known stage. A misspelt name would deploy a second stack without the data of the first.
 * @throws Error if the stage is unknown.
 */
export function parseStage(name: string): string {
	if (STAGES.has(name) || REVIEW.test(name)) return name;
	throw new Error(`Unknown stage "${name}": --stage must be dev, staging, prod or review-<number>.`);
}

/** What can be deployed, and `local`, which only a laptop boots. */
const STAGES: ReadonlySet<string> = new Set(['dev', 'staging', 'prod', 'local']);

/** A stage for a merge request, gone when that is closed. */
const REVIEW = /^review-[1-9][0-9]{0,5}$/;

/** The name, where it is a stage's. Throws for any other: a misspelt stage would be a new stack, with prod's data in none of it. */
export function parseStage(name: string): string {
	if (STAGES.has(name) || REVIEW.test(name)) return name;
	throw new Error(`There is no stage "${name}": --stage is dev, staging, prod or review-<number>.`);
}

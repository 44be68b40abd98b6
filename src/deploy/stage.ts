/** What can be deployed, and `local`, which only a laptop boots. */
const STAGES = ['dev', 'staging', 'prod', 'local'] as const;

export type Stage = (typeof STAGES)[number];

/** The stage of this name. Throws for any other: a misspelt stage would be a new stack, with prod's data in none of it. */
export function parseStage(name: string): Stage {
	const stage = STAGES.find((each) => each === name);
	if (stage !== undefined) return stage;
	throw new Error(`There is no stage "${name}": --stage is dev, staging or prod.`);
}

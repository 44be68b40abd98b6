import { type Static, Type } from 'typebox';
import { deployPackages, notifyStakeholders, validatePackages } from '../../partners/contracts.ts';

/** What the machine gathers, and `result.json` says. */
export const Outcome = Type.Object({
	story_id: Type.String({ examples: ['PROJ-123'] }),
	environment: Type.Enum(['dev', 'staging', 'prod']),
	validation: validatePackages.answer,
	deployment: deployPackages.answer,
	notification: notifyStakeholders.answer,
	approval: Type.Object({ message: Type.String(), at: Type.String({ format: 'date-time' }) }),
});

export type Outcome = Static<typeof Outcome>;

/** The `result` of a release. A client reads presigned URLs, good for 15 minutes. */
export const ReleaseResult = Type.Object(
	{
		...Outcome.properties,
		result_url: Type.String({ description: 'The result as a file.' }),
		log_url: Type.String({ description: 'A line for each state: when, how often, how it went.' }),
	},
	{ additionalProperties: false },
);

export type ReleaseResult = Static<typeof ReleaseResult>;

import * as Type from 'typebox';
import { PackageDeployment } from '../../partners/deployment.ts';
import { SentMessage } from '../../partners/notification.ts';
import { PackageValidation } from '../../partners/validation.ts';

/** What the machine gathers, and `result.json` says. */
export const Outcome = Type.Object({
	story_id: Type.String({ examples: ['PROJ-123'] }),
	environment: Type.Enum(['dev', 'staging', 'prod']),
	validation: PackageValidation,
	deployment: PackageDeployment,
	notification: SentMessage,
	approval: Type.Object({ message: Type.String(), at: Type.String({ format: 'date-time' }) }),
});

export type Outcome = Type.Static<typeof Outcome>;

/** The `result` of a release. A client reads presigned URLs, good for 15 minutes. */
export const ReleaseResult = Type.Object(
	{
		...Outcome.properties,
		result_url: Type.String({ description: 'The result as a file.' }),
		log_url: Type.String({ description: 'A line for each state: when, how often, how it went.' }),
	},
	{ additionalProperties: false },
);

export type ReleaseResult = Type.Static<typeof ReleaseResult>;

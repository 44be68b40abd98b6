import type { Statement } from '../../../src/local-aws/iam/policy.ts';
import type { Resource } from '../../../src/local-aws/template/resolve-template.ts';
import { at, objects, texts } from './rule.ts';

/** What a role allows. */
export function statements({ properties }: Resource): Statement[] {
	return objects(properties['Policies'])
		.flatMap((policy) => objects(at(policy, 'PolicyDocument', 'Statement')))
		.map(({ Action, Resource }) => ({
			Effect: 'Allow',
			Action: [...texts(Action)],
			Resource: [...texts(Resource)],
		}));
}

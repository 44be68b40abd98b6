import * as Type from 'typebox';

const OneOrMore = Type.Union([Type.String(), Type.Array(Type.String())]);

/** A statement as the project writes them. What IAM knows besides (Deny, NotAction, Condition) is refused rather than passed over. */
export const Statement = Type.Object(
	{ Effect: Type.Literal('Allow'), Action: OneOrMore, Resource: OneOrMore },
	{ additionalProperties: false },
);

export type Statement = Type.Static<typeof Statement>;

/** What a call needs of IAM. */
export interface Access {
	/** `service:Operation`, as IAM names it. */
	readonly action: string;
	/** ARNs; all of them must be allowed. None: the request does not tell, as with a callback token. */
	readonly resources: readonly string[];
}

/** What the statements do not allow of it: the first such resource, or `*`; undefined where all of it is allowed. */
export function refused(statements: readonly Statement[], { action, resources }: Access): string | undefined {
	const forAction = statements.filter(({ Action }) =>
		[Action].flat().some((pattern) => fits(pattern, action)),
	);
	if (resources.length === 0) return forAction.length === 0 ? '*' : undefined;
	return resources.find(
		(resource) =>
			!forAction.some(({ Resource }) => [Resource].flat().some((pattern) => fits(pattern, resource))),
	);
}

/** Those of the template's patterns that were asked for: as many as there are statements. */
const compiled = new Map<string, RegExp>();

/** IAM's patterns: `*` is any characters, `?` is one. */
function fits(pattern: string, value: string): boolean {
	const known = compiled.get(pattern) ?? compile(pattern);
	compiled.set(pattern, known);
	return known.test(value);
}

function compile(pattern: string): RegExp {
	const expression = pattern
		.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
		.replaceAll('*', '.*')
		.replaceAll('?', '.');
	return new RegExp(`^${expression}$`, 'su');
}

import * as Type from 'typebox';

const OneOrMore = Type.Union([Type.String(), Type.Array(Type.String())]);

/** A policy statement. Unsupported parts (Deny, NotAction, Condition) are refused, not ignored. */
export const Statement = Type.Object(
	{
		Sid: Type.Optional(Type.String()),
		Effect: Type.Literal('Allow'),
		Action: OneOrMore,
		Resource: OneOrMore,
	},
	{ additionalProperties: false },
);

/** A parsed statement. */
export type Statement = Type.Static<typeof Statement>;

/** The permission that a call needs. */
export interface Access {
	/** `service:Operation`, as IAM names it. */
	readonly action: string;
	/** ARNs, all of which must be allowed; empty if the request names no resource, as with a callback token. */
	readonly resources: readonly string[];
}

/** Returns the first resource that the statements do not allow, `*` for the action itself, or `undefined`. */
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

/** Bounded by the number of patterns in the template. */
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

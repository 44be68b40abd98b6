import * as Type from 'typebox';
import type { Json } from '../json.ts';
import { parseValue } from '../parse.ts';
import { type Access, refused, Statement } from './policy.ts';

const RoleProperties = Type.Object({
	Policies: Type.Optional(
		Type.Array(Type.Object({ PolicyDocument: Type.Object({ Statement: Type.Array(Statement) }) })),
	),
	ManagedPolicyArns: Type.Optional(Type.Array(Type.String(), { maxItems: 0 })),
});

/** Something that a role was asked for. */
export interface RoleUse extends Access {
	readonly role: string;
}

/** The roles of the stack. A caller whose access key is none of theirs is a person at the laptop, and may do everything. */
export interface Iam {
	/** Before anything is asked of the role. Throws for what this IAM does not know: a managed policy, a condition, a denial. */
	define(role: string, properties: Readonly<Record<string, Json>>): void;
	/** What each role allows, by its name. */
	readonly roles: ReadonlyMap<string, readonly Statement[]>;
	/** Undefined where the role allows it; else what it does not allow. */
	refused(use: RoleUse): string | undefined;
	/** The first 10,000 uses that were asked for, allowed or not, once each. */
	uses(): readonly RoleUse[];
	/** How often each action was asked for. */
	counts(): Readonly<Record<string, number>>;
}

/** Executions are resources too, each of another name: a stack that runs for long must not remember them all. */
const MOST_USES = 10_000;

export function createIam(): Iam {
	const roles = new Map<string, readonly Statement[]>();
	const decisions = new Map<string, { use: RoleUse; refusal: string | undefined }>();
	const counts = new Map<string, number>();
	return {
		define(role, properties) {
			const { Policies = [] } = parseValue(RoleProperties, properties, role);
			roles.set(
				role,
				Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
			);
		},
		roles,
		refused(use) {
			counts.set(use.action, (counts.get(use.action) ?? 0) + 1);
			const asked = [use.role, use.action, ...use.resources].join(' ');
			const known = decisions.get(asked);
			if (known !== undefined) return known.refusal;
			const refusal = refused(roles.get(use.role) ?? [], use);
			if (decisions.size < MOST_USES) decisions.set(asked, { use, refusal });
			return refusal;
		},
		uses: () => Array.from(decisions.values(), ({ use }) => use),
		counts: () => Object.fromEntries(counts),
	};
}

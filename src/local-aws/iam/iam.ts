import * as Type from 'typebox';
import type { Json } from '../json.ts';
import { parseValue } from '../parse.ts';
import { type Access, refused, Statement } from './policy.ts';

const PolicyDocument = Type.Object({ Statement: Type.Union([Statement, Type.Array(Statement)]) });

/** AWS managed policies that grant only the work of Lambda itself: logs, traces, network interfaces, polling. */
const MANAGED_POLICY =
	/^arn:aws[^:]*:iam::aws:policy\/(service-role\/AWSLambda(BasicExecution|VPCAccessExecution|SQSQueueExecution)Role|AWSXRayDaemonWriteAccess)$/;

const RoleProperties = Type.Object({
	Policies: Type.Optional(Type.Array(Type.Object({ PolicyDocument }))),
	ManagedPolicyArns: Type.Optional(
		Type.Array(
			Type.String({
				pattern: MANAGED_POLICY.source,
				error: 'is not supported; write its statements into the role',
			}),
		),
	),
});

const PolicyProperties = Type.Object({ Roles: Type.Optional(Type.Array(Type.String())), PolicyDocument });

/** A call by a role. */
export interface RoleUse extends Access {
	readonly role: string;
}

/** The roles of the stack. Callers with any other access key may do everything. */
export interface Iam {
	/** Defines a role. @throws for unsupported parts: most managed policies, conditions, denials. */
	define(role: string, properties: Readonly<Record<string, Json>>): void;
	/** Adds the statements of an `AWS::IAM::Policy` to its roles. @throws like `define`. */
	attach(policy: string, properties: Readonly<Record<string, Json>>): void;
	/** Statements by role name. */
	readonly roles: ReadonlyMap<string, readonly Statement[]>;
	/** Returns the first denied resource, or `undefined` if the role allows the call. */
	refused(use: RoleUse): string | undefined;
	/** The first 10,000 distinct calls, allowed or denied. */
	uses(): readonly RoleUse[];
	/** Number of calls by action. */
	counts(): Readonly<Record<string, number>>;
}

/** Bounds memory: each execution is a resource of its own. */
const MAX_USES = 10_000;

/** Creates an IAM without roles. */
export function createIam(): Iam {
	const roles = new Map<string, readonly Statement[]>();
	const decisions = new Map<string, { use: RoleUse; refusal: string | undefined }>();
	const counts = new Map<string, number>();
	return {
		define(role, properties) {
			const { Policies = [] } = parseValue(RoleProperties, properties, role);
			for (const [asked, { use }] of decisions) if (use.role === role) decisions.delete(asked);
			roles.set(
				role,
				Policies.flatMap((policy) => policy.PolicyDocument.Statement),
			);
		},
		attach(policy, properties) {
			const { Roles = [], PolicyDocument: document } = parseValue(PolicyProperties, properties, policy);
			for (const role of Roles) {
				const statements = [...(roles.get(role) ?? []), ...[document.Statement].flat()];
				roles.set(role, statements);
			}
		},
		roles,
		refused(use) {
			counts.set(use.action, (counts.get(use.action) ?? 0) + 1);
			const asked = [use.role, use.action, ...use.resources].join(' ');
			const known = decisions.get(asked);
			if (known !== undefined) return known.refusal;
			const refusal = refused(roles.get(use.role) ?? [], use);
			if (decisions.size < MAX_USES) decisions.set(asked, { use, refusal });
			return refusal;
		},
		uses: () => Array.from(decisions.values(), ({ use }) => use),
		counts: () => Object.fromEntries(counts),
	};
}

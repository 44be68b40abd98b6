import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json } from '../json.ts';
import type { ResolvedTemplate, Resource } from '../template/resolve-template.ts';
import { isProvisioned } from './provision.ts';
import type { Services } from './services.ts';
import type { ResourceChange, StackUpdate } from './stack-options.ts';

/** Types whose resources take over new properties while they are in use. */
const UPDATABLE: ReadonlySet<string> = new Set([
	'AWS::Events::Rule',
	'AWS::IAM::Role',
	'AWS::Lambda::Alias',
	'AWS::Lambda::Function',
	'AWS::SSM::Parameter',
	'AWS::Scheduler::Schedule',
	'AWS::StepFunctions::StateMachine',
]);

/** Types without an effect of their own: a function's alias changes with each version of the function. */
const UNREPORTED: ReadonlySet<string> = new Set(['AWS::Lambda::Alias']);

/** The effects of an update. */
export interface UpdateActions {
	/** Creates or updates a resource. */
	readonly provision: (resource: Resource) => Promise<void>;
	readonly remove: (resource: Resource) => Promise<void>;
}

/**
 * Applies the differences between two templates, in dependency order. A resource that fails keeps its former properties,
 * and the others are applied all the same.
 */
export async function updateResources(
	before: ResolvedTemplate,
	after: ResolvedTemplate,
	{ provision, remove }: UpdateActions,
): Promise<StackUpdate> {
	const applied: ResourceChange[] = [];
	const failed: { logicalId: string; message: string }[] = [];
	const attempt = async (
		kind: ResourceChange['kind'],
		{ logicalId, type }: Resource,
		apply: () => Promise<void>,
	) => {
		try {
			await apply();
			if (!UNREPORTED.has(type)) applied.push({ kind, logicalId, type });
		} catch (error) {
			failed.push({ logicalId, message: error instanceof Error ? error.message : String(error) });
		}
	};
	const former = new Map(before.resources.map((resource) => [resource.logicalId, resource]));
	for (const resource of after.resources.filter(({ type }) => isProvisioned(type))) {
		const { logicalId, type } = resource;
		const old = former.get(logicalId);
		if (old === undefined) await attempt('created', resource, () => provision(resource));
		else if (isDeepStrictEqual(comparable(old), comparable(resource))) continue;
		else if (UPDATABLE.has(type)) await attempt('updated', resource, () => provision(resource));
		else
			failed.push({
				logicalId,
				message: `${logicalId} (${type}) has changed: restart the stack to apply it.`,
			});
	}
	const remaining = new Set(after.resources.map(({ logicalId }) => logicalId));
	for (const resource of before.resources.toReversed())
		if (!remaining.has(resource.logicalId) && isProvisioned(resource.type))
			await attempt('deleted', resource, () => remove(resource));
	return { applied, failed };
}

/** The parts of a resource that have an effect here. The place of a function's code is new with each packaging. */
function comparable({ ref, type, properties }: Resource): unknown {
	if (type !== 'AWS::Lambda::Function') return { ref, properties };
	const { Code, ...rest } = properties;
	return { ref, rest, inline: isObject(Code) ? Code['ZipFile'] : undefined };
}

/** Deletes a function, a state machine or a rule. Other resources stay until the stack is restarted. */
export async function removeResource(
	{ type, ref, properties }: Resource,
	{ lambda, stepFunctions, events }: Services,
): Promise<void> {
	if (type === 'AWS::Lambda::Function') lambda.remove(ref);
	if (type === 'AWS::StepFunctions::StateMachine')
		await stepFunctions.service.operations['DeleteStateMachine']?.({ stateMachineArn: ref });
	if (type === 'AWS::Events::Rule') {
		await events.operations['RemoveTargets']?.({ Rule: ref, Ids: targetIds(properties['Targets']) });
		await events.operations['DeleteRule']?.({ Name: ref });
	}
}

function targetIds(targets: Json | undefined): Json[] {
	return Array.isArray(targets)
		? targets.flatMap((target) => (isObject(target) ? [target['Id'] ?? ''] : []))
		: [];
}

import { AwsError } from '../endpoint/service.ts';
import type { Deliver } from '../event-bridge/delivery.ts';
import type { Iam } from '../iam/iam.ts';
import type { Lambda } from '../lambda/lambda.ts';

/** Dependencies of {@link createScheduleTargets}. */
export interface ScheduleTargetDependencies {
	readonly iam: Pick<Iam, 'roles' | 'refused'>;
	readonly lambda: Pick<Lambda, 'invoke'>;
	/** The delivery to other targets. */
	readonly deliver: Deliver;
}

/** The permission that a target needs, by the service in its ARN. */
const ACTIONS: Readonly<Record<string, string>> = {
	lambda: 'lambda:InvokeFunction',
	sns: 'sns:Publish',
	sqs: 'sqs:SendMessage',
	states: 'states:StartExecution',
};

/**
 * Creates the delivery to the targets of schedules, which EventBridge Scheduler invokes with their role. A failed
 * invocation of a function is retried by the policy of the schedule, where Lambda itself would retry it twice.
 */
export function createScheduleTargets({ iam, lambda, deliver }: ScheduleTargetDependencies): Deliver {
	return async (target, payload) => {
		const { arn, roleArn } = target;
		if (roleArn !== undefined) requirePermission(roleArn, arn);
		if (arn.split(':')[2] !== 'lambda') return deliver(target, payload);
		const result = await lambda.invoke(arn, payload);
		if (!result.ok) throw new Error(`The function failed: ${result.payload}`);
	};

	function requirePermission(roleArn: string, resource: string): void {
		const role = roleArn.slice(roleArn.lastIndexOf('/') + 1);
		if (!iam.roles.has(role)) return;
		const action = ACTIONS[resource.split(':')[2] ?? ''] ?? 'unknown';
		if (iam.refused({ role, action, resources: [resource] }) === undefined) return;
		throw new AwsError('AccessDeniedException', `The role ${role} may not ${action} on ${resource}.`, 403);
	}
}

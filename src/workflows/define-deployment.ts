/** A value of a CloudFormation template: text, or an intrinsic function. */
export type TemplateValue = string | Readonly<Record<string, unknown>>;

/** An IAM permission: these actions on exactly these resources. */
export interface Permission {
	readonly Action: string | readonly string[];
	readonly Resource: TemplateValue | readonly TemplateValue[];
}

/** What a workflow needs of AWS besides what every workflow has. */
export interface Deployment {
	/** For how long one step may run, at most 900. */
	readonly stepTimeoutSeconds: number;
	/** The environment of the steps function. */
	readonly environment: Readonly<Record<string, TemplateValue>>;
	/** What the steps function may do. */
	readonly stepPermissions: readonly Permission[];
	/** Whether steps call `context.progress`: the function then knows the task table and may update its rows. */
	readonly reportsProgress?: boolean;
	/** What the state machine itself may do besides invoking its steps. */
	readonly statePermissions: readonly Permission[];
	/** Names in the definition's `${...}` besides StepsFunctionArn. */
	readonly substitutions: Readonly<Record<string, TemplateValue>>;
}

export function defineDeployment(deployment: Deployment): Deployment {
	return deployment;
}

import { packageTemplate } from '../../src/deploy/package.ts';

/** The stages whose packaged templates are tested. */
export const DEPLOYED_STAGES = ['staging', 'prod'] as const;

const JWT = { auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'task-api' };
const PARAMETERS = {
	staging: { ...JWT, console: 'on' },
	prod: {
		...JWT,
		inventoryUrl: 'https://inventory.example',
		validationUrl: 'https://validation.example',
		deploymentUrl: 'https://deployment.example',
		notificationUrl: 'https://notification.example',
	},
};

/** The template of a stage, packaged as for a deployment. `prepare.ts` makes it before the tests run side by side. */
export function packageDeployed(stage: (typeof DEPLOYED_STAGES)[number]): Promise<unknown> {
	return packageTemplate({ stage, parameters: PARAMETERS[stage] });
}

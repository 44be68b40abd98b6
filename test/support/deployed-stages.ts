import { packageTemplate } from '../../src/deploy/package.ts';

/** The stages whose templates are held to the rules of what is deployed. */
export const DEPLOYED_STAGES = ['staging', 'prod'] as const;

const JWT = { auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'task-api' };
const PARAMETERS = {
	staging: JWT,
	prod: {
		...JWT,
		inventoryUrl: 'https://inventory.example',
		validationUrl: 'https://validation.example',
		deploymentUrl: 'https://deployment.example',
		notificationUrl: 'https://notification.example',
	},
};

/** The template of a stage, packaged as a deploy would; made by `prepare.ts`, since packaging does not work inside tap. */
export function packageDeployed(stage: (typeof DEPLOYED_STAGES)[number]): Promise<unknown> {
	return packageTemplate({ stage, parameters: PARAMETERS[stage] });
}

// The bridge from serverless.yml, whose `${file(...)}` reads only CommonJS by key, to the code beside it.
const { loadWorkflows } = require('./load-workflows.ts');
const { functionRoles } = require('./function-roles.ts');
const { apiAuthorizers, apiRoutes } = require('./api-routes.ts');
const { checkedOrigins } = require('./allowed-origins.ts');
const { partnerFunctions, partnerResources } = require('./partner-resources.ts');
const { stateMachineArns, workflowFunctions, workflowResources } = require('./workflow-resources.ts');

async function stageSettings({ resolveVariable }) {
	return {
		service: await resolveVariable('self:service'),
		stage: await resolveVariable('sls:stage'),
		logRetentionDays: await resolveVariable('param:logRetentionDays'),
		logExecutionData: await resolveVariable('param:logExecutionData'),
	};
}

async function authSettings({ resolveVariable }) {
	return {
		stage: await resolveVariable('sls:stage'),
		auth: await resolveVariable('param:auth'),
		jwtIssuer: await resolveVariable("param:jwtIssuer, ''"),
		jwtAudience: await resolveVariable("param:jwtAudience, ''"),
	};
}

async function partnerSettings({ resolveVariable }) {
	return {
		stage: await resolveVariable('sls:stage'),
		partnerTokens: await resolveVariable('param:partnerTokens'),
		urls: {
			inventoryUrl: await resolveVariable('param:inventoryUrl'),
			validationUrl: await resolveVariable('param:validationUrl'),
			deploymentUrl: await resolveVariable('param:deploymentUrl'),
			notificationUrl: await resolveVariable('param:notificationUrl'),
		},
	};
}

module.exports = {
	functions: async () => workflowFunctions(await loadWorkflows()),
	partnerFunctions: async ({ resolveVariable }) => partnerFunctions(await resolveVariable('sls:stage')),
	resources: async (variables) => {
		const settings = await stageSettings(variables);
		return {
			Resources: {
				...functionRoles(settings.service, settings.stage),
				...workflowResources(await loadWorkflows(), settings),
				...partnerResources(await partnerSettings(variables)),
			},
			Outputs: { PartnerTokensSecretArn: { Value: { Ref: 'PartnerTokensSecret' } } },
		};
	},
	stateMachineArns: async () => stateMachineArns(await loadWorkflows()),
	authorizers: async (variables) => apiAuthorizers(await authSettings(variables)),
	allowedOrigins: async ({ resolveVariable }) =>
		checkedOrigins(await resolveVariable('param:allowedOrigins')),
	routes: async (variables) => apiRoutes(await authSettings(variables)),
};

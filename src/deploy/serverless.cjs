// Values of serverless.yml that come from code. `${file(...)}` with a key reads only CommonJS.
const { consoleFunctions, hasConsole } = require('./console-function.ts');
const { loadWorkflows } = require('./load-workflows.ts');
const { consoleRole, functionRoles } = require('./function-roles.ts');
const { alarmSubscriptions } = require('./alarms.ts');
const { apiAuthorizers, apiRoutes, callbackRoutes, checkedCallbackTokens } = require('./api-routes.ts');
const { httpApiCors } = require('./http-api-cors.ts');
const { partnerFunctions, partnerResources, partnerUrls } = require('./partner-resources.ts');
const { parseStage } = require('./stage.ts');
const { stateMachineArns, workflowFunctions, workflowResources } = require('./workflow-resources.ts');

async function stageSettings({ resolveVariable }) {
	return {
		service: await resolveVariable('self:service'),
		stage: parseStage(await resolveVariable('sls:stage')),
		logRetentionDays: await resolveVariable('param:logRetentionDays'),
		logExecutionData: await resolveVariable('param:logExecutionData'),
		console: await resolveVariable('param:console'),
	};
}

async function authSettings({ resolveVariable }) {
	return {
		stage: parseStage(await resolveVariable('sls:stage')),
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

/** Removes the stack of errors, which osls would print below the message. */
function withoutStack(resolve) {
	return async (variables) => {
		try {
			return await resolve(variables);
		} catch (error) {
			error.stack = undefined;
			throw error;
		}
	};
}

module.exports = {
	functions: async () => workflowFunctions(await loadWorkflows()),
	consoleFunctions: withoutStack(async ({ resolveVariable }) =>
		consoleFunctions(await resolveVariable('param:console')),
	),
	partnerFunctions: async ({ resolveVariable }) => partnerFunctions(await resolveVariable('sls:stage')),
	partnerUrls: async (variables) => partnerUrls(await partnerSettings(variables)),
	resources: withoutStack(async (variables) => {
		const settings = await stageSettings(variables);
		const workflows = await loadWorkflows();
		return {
			Resources: {
				...functionRoles(settings.service, settings.stage, workflows),
				...(hasConsole(settings.console) ? consoleRole(settings.service, settings.stage) : {}),
				...workflowResources(workflows, settings),
				...partnerResources(await partnerSettings(variables)),
			},
			Outputs: { PartnerTokensSecretArn: { Value: { Ref: 'PartnerTokensSecret' } } },
		};
	}),
	stateMachineArns: async () => stateMachineArns(await loadWorkflows()),
	alarmSubscriptions: async ({ resolveVariable }) =>
		alarmSubscriptions({
			stage: await resolveVariable('sls:stage'),
			alarmEmail: await resolveVariable('param:alarmEmail'),
			warn: (text) => process.stderr.write(`Warning: ${text}\n`),
		}),
	authorizers: withoutStack(async (variables) => apiAuthorizers(await authSettings(variables))),
	routes: withoutStack(async (variables) => apiRoutes(await authSettings(variables))),
	callbackRoutes: withoutStack(async (variables) => callbackRoutes(await authSettings(variables))),
	fixedCallbackTokens: withoutStack(async ({ resolveVariable }) =>
		checkedCallbackTokens(await resolveVariable('sls:stage'), await resolveVariable('param:callbackTokens')),
	),
	cors: withoutStack(async ({ resolveVariable }) =>
		httpApiCors(await resolveVariable('param:allowedOrigins')),
	),
};

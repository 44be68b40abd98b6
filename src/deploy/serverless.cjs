// Values of serverless.yml that come from code. `${file(...)}` with a key reads only CommonJS.

/** The modules behind the values. They are imported, because hooks of `require`, such as tap's, read no TypeScript. */
const modules = async () => ({
	...(await import('./console-function.ts')),
	...(await import('./load-workflows.ts')),
	...(await import('./function-roles.ts')),
	...(await import('./alarms.ts')),
	...(await import('./api-routes.ts')),
	...(await import('./http-api-cors.ts')),
	...(await import('./partner-resources.ts')),
	...(await import('./stage.ts')),
	...(await import('./workflow-resources.ts')),
});

async function stageSettings({ resolveVariable }) {
	const { parseStage } = await modules();
	return {
		service: await resolveVariable('self:service'),
		stage: parseStage(await resolveVariable('sls:stage')),
		logRetentionDays: await resolveVariable('param:logRetentionDays'),
		logExecutionData: await resolveVariable('param:logExecutionData'),
		console: await resolveVariable('param:console'),
	};
}

async function authSettings({ resolveVariable }) {
	const { parseStage } = await modules();
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
	functions: async () => (await modules()).workflowFunctions(await (await modules()).loadWorkflows()),
	consoleFunctions: withoutStack(async ({ resolveVariable }) =>
		(await modules()).consoleFunctions(await resolveVariable('param:console')),
	),
	partnerFunctions: async ({ resolveVariable }) =>
		(await modules()).partnerFunctions(await resolveVariable('sls:stage')),
	partnerUrls: async (variables) => (await modules()).partnerUrls(await partnerSettings(variables)),
	resources: withoutStack(async (variables) => {
		const {
			consoleRole,
			functionRoles,
			hasConsole,
			loadWorkflows,
			partnerResources,
			schedulerRole,
			workflowResources,
		} = await modules();
		const settings = await stageSettings(variables);
		const workflows = await loadWorkflows();
		return {
			Resources: {
				...functionRoles(settings.service, settings.stage, workflows),
				...schedulerRole(settings.service, settings.stage),
				...(hasConsole(settings.console) ? consoleRole(settings.service, settings.stage) : {}),
				...workflowResources(workflows, settings),
				...partnerResources(await partnerSettings(variables)),
			},
			Outputs: { PartnerTokensSecretArn: { Value: { Ref: 'PartnerTokensSecret' } } },
		};
	}),
	stateMachineArns: async () => (await modules()).stateMachineArns(await (await modules()).loadWorkflows()),
	alarmSubscriptions: async ({ resolveVariable }) =>
		(await modules()).alarmSubscriptions({
			stage: await resolveVariable('sls:stage'),
			alarmEmail: await resolveVariable('param:alarmEmail'),
			warn: (text) => process.stderr.write(`Warning: ${text}\n`),
		}),
	authorizers: withoutStack(async (variables) =>
		(await modules()).apiAuthorizers(await authSettings(variables)),
	),
	routes: withoutStack(async (variables) => (await modules()).apiRoutes(await authSettings(variables))),
	callbackRoutes: withoutStack(async (variables) =>
		(await modules()).callbackRoutes(await authSettings(variables)),
	),
	webhookRoutes: withoutStack(async (variables) =>
		(await modules()).webhookRoutes(await authSettings(variables)),
	),
	scheduleRoutes: withoutStack(async (variables) =>
		(await modules()).scheduleRoutes(await authSettings(variables)),
	),
	webhookAddresses: withoutStack(async ({ resolveVariable }) =>
		(await modules()).checkedWebhookAddresses(
			await resolveVariable('sls:stage'),
			await resolveVariable('param:webhookAddresses'),
		),
	),
	fixedCallbackTokens: withoutStack(async ({ resolveVariable }) =>
		(await modules()).checkedCallbackTokens(
			await resolveVariable('sls:stage'),
			await resolveVariable('param:callbackTokens'),
		),
	),
	cors: withoutStack(async ({ resolveVariable }) =>
		(await modules()).httpApiCors(await resolveVariable('param:allowedOrigins')),
	),
};

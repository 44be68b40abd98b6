// Adds to the template that osls has compiled everything that each function, queue and state machine needs, for every resource of a type.
// Modules are imported, because hooks of `require`, such as tap's, read no TypeScript.

module.exports = class TemplatePlugin {
	constructor(serverless) {
		this.serverless = serverless;
		this.hooks = {
			'before:package:createDeploymentArtifacts': () => this.omitCode(),
			'before:package:compileFunctions': () => this.targetAliases(),
			'after:aws:package:finalize:mergeCustomProviderResources': () => this.addResources(),
		};
	}

	/** Zipping the code takes most of the time of packaging. Any file takes its place in a template that is not deployed. */
	omitCode() {
		const { service } = this.serverless;
		if (service.custom.templateOnly !== 'true') return;
		for (const name of service.getAllFunctions())
			service.getFunction(name).package = { artifact: 'package.json' };
	}

	/** osls points every event of a function at its `targetAlias`. The name is internal, so the version of osls is pinned. */
	async targetAliases() {
		const { LIVE, liveAliasId } = await import('./compiled-template.ts');
		const { service } = this.serverless;
		const { naming } = this.serverless.getProvider('aws');
		for (const name of service.getAllFunctions()) {
			const logicalId = liveAliasId(naming.getLambdaLogicalId(name));
			service.getFunction(name).targetAlias = { name: LIVE, logicalId };
		}
	}

	async addResources() {
		const { createAlarms, rollbackAlarmIds } = await import('./alarms.ts');
		const { createQueryDefinitions } = await import('./log-queries.ts');
		const { createDashboard } = await import('./dashboard.ts');
		const { createLiveAliases } = await import('./live-aliases.ts');
		const { createStageParameters } = await import('./stage-parameters.ts');
		const { parseStage } = await import('./stage.ts');
		const { provider, custom, service } = this.serverless.service;
		const { Resources } = provider.compiledCloudFormationTemplate;
		const stage = parseStage(provider.stage);
		const latencyAlarmMs = Number(custom.latencyAlarmMs);
		if (!(latencyAlarmMs > 0))
			throw new Error(
				`The parameter latencyAlarmMs must be a number above 0, got "${custom.latencyAlarmMs}".`,
			);
		const { deployAlarms } = custom;
		if (!['on', 'off'].includes(deployAlarms))
			throw new Error(`The parameter deployAlarms must be on or off, got "${deployAlarms}".`);
		Object.assign(
			Resources,
			createStageParameters(Resources, stage),
			createAlarms(Resources, { service, stage, latencyAlarmMs }),
		);
		const alarmIdsOf = (functionId) => rollbackAlarmIds(Resources, functionId);
		Object.assign(Resources, createLiveAliases(Resources, { stage, deployAlarms, alarmIdsOf }), {
			...createQueryDefinitions(Resources, { service, stage }),
			Dashboard: createDashboard(Resources, { service, stage }),
		});
	}
};

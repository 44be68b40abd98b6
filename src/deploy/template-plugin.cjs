// What is the same for every function, queue and state machine is added to the template that osls has compiled, so that nothing is forgotten.
const { alarms, rollbackAlarms } = require('./alarms.ts');
const { LIVE, liveAliasId } = require('./compiled-template.ts');
const { dashboard } = require('./dashboard.ts');
const { liveAliases } = require('./live-aliases.ts');
const { ownParameters } = require('./own-parameters.ts');
const { parseStage } = require('./stage.ts');

module.exports = class TemplatePlugin {
	constructor(serverless) {
		this.serverless = serverless;
		this.hooks = {
			'before:package:compileFunctions': () => this.aimAtAliases(),
			'after:aws:package:finalize:mergeCustomProviderResources': () => this.addResources(),
		};
	}

	/** osls points every event of a function at its `targetAlias`, a name that it uses inside only: the version of osls is pinned. */
	aimAtAliases() {
		const { service } = this.serverless;
		const { naming } = this.serverless.getProvider('aws');
		for (const name of service.getAllFunctions()) {
			const logicalId = liveAliasId(naming.getLambdaLogicalId(name));
			service.getFunction(name).targetAlias = { name: LIVE, logicalId };
		}
	}

	addResources() {
		const { provider, custom, service } = this.serverless.service;
		const { Resources } = provider.compiledCloudFormationTemplate;
		const stage = parseStage(provider.stage);
		const latencyAlarmMs = Number(custom.latencyAlarmMs);
		if (!(latencyAlarmMs > 0)) throw new Error('The parameter latencyAlarmMs is a number of milliseconds.');
		const settings = { service, stage, latencyAlarmMs };
		Object.assign(Resources, ownParameters(Resources, stage), alarms(Resources, settings));
		Object.assign(
			Resources,
			liveAliases(Resources, stage, (functionId) => rollbackAlarms(Resources, functionId)),
			{ Dashboard: dashboard(Resources) },
		);
	}
};

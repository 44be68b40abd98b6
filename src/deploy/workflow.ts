import { loadWorkflows } from './load-workflows.ts';

const USAGE = `npm run workflow -- print <name>

Prints the state machine definition of a workflow as it is deployed, with the standard retriers.`;

const [command, name, ...rest] = process.argv.slice(2);
if (command !== 'print' || name === undefined || rest.length > 0) {
	console.log(USAGE);
	process.exitCode = command === '--help' ? 0 : 1;
} else {
	const workflows = await loadWorkflows();
	const found = workflows.find((workflow) => workflow.name === name);
	if (found === undefined) {
		console.error(
			`Unknown workflow "${name}". Known: ${workflows.map((workflow) => workflow.name).join(', ')}.`,
		);
		process.exitCode = 1;
	} else console.log(JSON.stringify(found.definition, null, 2));
}

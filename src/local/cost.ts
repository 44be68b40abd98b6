import { parseArgs } from 'node:util';
import { SILENT } from '../local-aws/index.ts';
import { WORKFLOWS } from '../workflows/catalog.ts';
import { countOperations } from './cost/count-operations.ts';
import { exampleRequest } from './cost/example-requests.ts';
import { PRICES } from './cost/prices.ts';
import { type Cost, costOfMillion, countPolls, total, withDelivery, withSchedule } from './cost/task-cost.ts';
import { startStack } from './start-stack.ts';

const USAGE = `npm run cost

What a million tasks of each workflow cost on AWS: runs an example of each on this machine, counts what it asks of AWS, and
multiplies by the list prices of ${PRICES.date} (us-east-1). Polled once by Retry-After where that fits, against once a second, and against one webhook instead of polls, and for tasks of schedules.`;

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
	if (values.help === true) return console.log(USAGE);
	console.error('Booting a stack, and running an example of each workflow ...');
	const stack = await startStack({ port: 0, auth: 'none' }, SILENT);
	try {
		const rows: Record<string, Record<string, number>> = {};
		for (const [type, { expectedSeconds, callback, steps }] of Object.entries(WORKFLOWS)) {
			const request = exampleRequest(type);
			const run = () =>
				countOperations(stack, request, { tasks: 1, callbackKey: callback?.keyOf(request.data) });
			// The first starts the functions, which few tasks of a million do.
			await run();
			const operations = await run();
			const polls = countPolls({ expectedSeconds, reportsProgress: steps.reportsProgress === true });
			const cost = costOfMillion(operations, polls);
			rows[type] = {
				...dollarsByService(cost),
				'polled every second': dollarsOf(total(costOfMillion(operations, Math.max(polls, expectedSeconds)))),
			};
			// A client with a webhook does not poll.
			const unpolled = costOfMillion(operations, 0);
			rows[`${type}, webhook`] = dollarsByService(withDelivery(unpolled));
			rows[`${type}, scheduled`] = dollarsByService(withSchedule(unpolled));
		}
		console.log(`$ per million tasks, list prices of ${PRICES.date}, us-east-1`);
		console.table(rows);
	} finally {
		await stack.close();
	}
}

function dollarsByService(cost: Cost): Record<string, number> {
	const entries = Object.entries(cost).map(([service, dollars]) => [service, dollarsOf(dollars)] as const);
	return { ...Object.fromEntries(entries), total: dollarsOf(total(cost)) };
}

function dollarsOf(value: number): number {
	return Number(value.toFixed(2));
}

try {
	await main();
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}

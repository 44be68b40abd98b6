import { parseArgs } from 'node:util';
import { benchCold } from './cold/cold.ts';
import { benchEngine } from './engine.ts';
import { benchMemory, benchStack } from './stack.ts';

const HELP = `npm run bench [-- cold | stack | engine | memory] [--short]

  cold     task-api's bundles against a bare handler, Hono and Express over the same SDK: starts, requests, memory.
  stack    tasks from their POST to their end on the local stack.
  engine   executions of three states in the local Step Functions.
  memory   what the stack takes while 50,000 tasks go through it, twice: ten minutes.
  --short  fewer rounds of cold; a ratio may then be 15 % above its limit.

Without a name, all but memory. Ends with 1 where a limit is not kept.`;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { short: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});

const BENCHES: Readonly<Record<string, () => Promise<boolean>>> = {
	engine: benchEngine,
	stack: benchStack,
	cold: () => benchCold({ isShort: values.short }),
	memory: benchMemory,
};
const USUAL = ['engine', 'stack', 'cold'];

const names = positionals.length === 0 ? USUAL : positionals;
if (values.help) console.log(HELP);
else if (names.some((name) => BENCHES[name] === undefined)) {
	console.error(HELP);
	process.exitCode = 2;
} else for (const name of names) if (!(await BENCHES[name]?.())) process.exitCode = 1;

import { parseArgs } from 'node:util';
import { benchCold } from './cold/cold.ts';
import { benchEngine } from './engine.ts';
import { benchMemory, benchStack } from './stack.ts';

const HELP = `npm run bench [-- cold | stack | engine | memory] [--short]

  cold     compares task-api's bundles with a bare handler, Hono and Express over the same SDK: starts, requests, memory
  stack    runs tasks to their end on the local stack
  engine   runs executions of three states in the local Step Functions
  memory   measures the memory of the stack over 50,000 tasks, twice (ten minutes)
  --short  fewer rounds and requests of cold; a ratio may then be 15 % above its limit

Without a name it runs all but memory. The exit code is 1 if a limit is exceeded.`;

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
const DEFAULT_BENCHES = ['engine', 'stack', 'cold'];

const names = positionals.length === 0 ? DEFAULT_BENCHES : positionals;
if (values.help) console.log(HELP);
else if (names.some((name) => BENCHES[name] === undefined)) {
	console.error(HELP);
	process.exitCode = 2;
} else for (const name of names) if (!(await BENCHES[name]?.())) process.exitCode = 1;

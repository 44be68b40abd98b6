import { parseArgs } from 'node:util';
import { benchCold } from './cold/cold.ts';
import { benchStack } from './stack.ts';

const HELP = `npm run bench [-- cold | stack] [--short]

  cold     task-api's bundles against a bare handler, Hono and Express over the same SDK: starts, requests, memory.
           Ends with 1 where a ratio is above its limit.
  stack    tasks from their POST to their end on the local stack.
  --short  fewer rounds of cold; a ratio may then be 15 % above its limit.

Without a name, both.`;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { short: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const [name, ...others] = positionals;
if (values.help) console.log(HELP);
else if (others.length > 0 || (name !== undefined && name !== 'cold' && name !== 'stack')) {
	console.error(HELP);
	process.exitCode = 2;
} else {
	if (name !== 'cold') await benchStack();
	if (name !== 'stack') process.exitCode = (await benchCold({ isShort: values.short })) ? 0 : 1;
}

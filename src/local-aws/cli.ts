#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { inspect, parseArgs, styleText } from 'node:util';
import {
	exitOnFullDisk,
	type Log,
	type LogFields,
	type Stack,
	type StackOptions,
	startStack,
} from './index.ts';

const USAGE = `npx local-aws <packaged CloudFormation template, JSON>

Runs the template's resources on this machine, as serverless (osls) or CDK has written them.

  --project-dir <folder>     folder of the functions' code; default: the folder of the template
  --stack-name <name>        default: local
  --parameter <Name=value>   value of a template parameter; may be repeated
  --port <n>                 port of the HTTP API; default: any free port
  --aws-port <n>             port of the AWS endpoint; default: any free port
  --data-dir <folder>        keeps all data across restarts; default: in memory
  --help`;

/** How long a stop may take before the process exits anyway. */
const STOP_TIMEOUT_MS = 1800;

async function main(): Promise<void> {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			'project-dir': { type: 'string' },
			'stack-name': { type: 'string' },
			parameter: { type: 'string', multiple: true },
			port: { type: 'string' },
			'aws-port': { type: 'string' },
			'data-dir': { type: 'string' },
			help: { type: 'boolean' },
		},
	});
	const [file, ...rest] = positionals;
	if (values.help === true) return console.log(USAGE);
	if (file === undefined || rest.length > 0) throw new Error(`Expected one template.\n\n${USAGE}`);
	const dataDir = values['data-dir'] === undefined ? undefined : resolve(values['data-dir']);
	if (dataDir !== undefined) exitOnFullDisk(dataDir, '--data-dir');
	const stack = await startStack({
		template: await readTemplate(file),
		projectDir: resolve(values['project-dir'] ?? dirname(file)),
		...defined('stackName', values['stack-name']),
		...defined('port', parsePort('--port', values.port)),
		...defined('awsPort', parsePort('--aws-port', values['aws-port'])),
		...defined('dataDir', dataDir),
		parameters: Object.fromEntries((values.parameter ?? []).map(parseParameter)),
		log: createConsoleLog(),
	});
	console.log(bannerOf(stack));
	const stop = () => {
		setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
		void stack.close().then(() => process.exit(0));
	};
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

function defined<Name extends keyof StackOptions>(
	name: Name,
	value: StackOptions[Name] | undefined,
): Partial<Pick<StackOptions, Name>> {
	const options: Partial<Pick<StackOptions, Name>> = {};
	if (value !== undefined) options[name] = value;
	return options;
}

async function readTemplate(file: string): Promise<unknown> {
	const text = await readFile(file, 'utf8');
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new Error(`${file} is not JSON. Package the template first (serverless package, cdk synth).`, {
			cause,
		});
	}
}

function parsePort(option: string, text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const port = Number(text);
	if (/^[0-9]{1,5}$/.test(text) && port <= 65_535) return port;
	throw new Error(`${option} must be between 0 and 65535, got "${text}".`);
}

function parseParameter(text: string): [name: string, value: string] {
	const mark = text.indexOf('=');
	if (mark > 0) return [text.slice(0, mark), text.slice(mark + 1)];
	throw new Error(`--parameter must be Name=value, got "${text}".`);
}

function bannerOf({ url, awsEndpoint, summary, outputs }: Stack): string {
	const lines: (readonly [name: string, text: string])[] = [
		['HTTP API', url],
		['AWS', `${awsEndpoint}   (AWS_ENDPOINT_URL for the aws CLI and SDKs)`],
		...summary.map(([kind, names]) => [kind, names.join(', ')] as const),
		...Object.entries(outputs),
	];
	return lines.map(([name, text]) => `  ${name.padEnd(16)} ${text}`).join('\n');
}

/** One line per message: the function, the message, the fields. */
function createConsoleLog(): Log {
	const write =
		(format: 'dim' | 'yellow' | 'red') =>
		(message: string, { functionName, error, ...fields }: LogFields = {}) => {
			const details = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
			const cause =
				error instanceof Error ? (error.stack ?? error.message) : error === undefined ? '' : inspect(error);
			console.log(
				styleText(
					format,
					[typeof functionName === 'string' ? functionName : '-', message, ...details, cause]
						.join(' ')
						.trimEnd(),
				),
			);
		};
	return { info: write('dim'), warn: write('yellow'), error: write('red') };
}

try {
	await main();
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
}

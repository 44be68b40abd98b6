import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'tap';

const SOURCE = resolve(import.meta.dirname, '../src');

/** Files at the top of `src`, which every folder may import but the domain. */
const TOP_FILES = ['parse.ts', 'built-checks.ts'];

/** Who may import whom: a folder, and the folders or files of `src` that its files may import besides their own. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
	lambda: ['aws', 'config.ts', 'executions', 'http', 'tasks', 'workflows', 'partners', ...TOP_FILES],
	http: ['tasks', 'workflows/catalog.ts', 'workflows/define-workflow.ts', ...TOP_FILES],
	tasks: [],
	executions: ['tasks', ...TOP_FILES],
	partners: ['tasks', ...TOP_FILES],
	aws: ['tasks', 'executions', 'config.ts', ...TOP_FILES],
	workflows: ['tasks', 'partners', ...TOP_FILES],
	deploy: ['workflows', 'partners', 'aws', 'http', 'tasks', 'config.ts', ...TOP_FILES],
	'local-aws': ['tasks', ...TOP_FILES],
	local: [
		'local-aws',
		'aws',
		'config.ts',
		'deploy',
		'executions',
		'http',
		'lambda',
		'partners',
		'tasks',
		'workflows',
		...TOP_FILES,
	],
};

/** What one file of a workflow may import besides, since it joins the parts. */
const WORKFLOW_ENTRY_MAY_IMPORT = ['aws', 'config.ts'];

/** Packages that only some folders may name. */
const CONFINED: readonly { readonly packages: RegExp; readonly folders: readonly string[] }[] = [
	{ packages: /^@aws-sdk\//, folders: ['aws', 'local', 'local-aws'] },
	{ packages: /^electrodb$/, folders: ['aws'] },
	{ packages: /^@aws-lambda-powertools\//, folders: ['aws'] },
	{
		packages: /^(fastify|@fastify\/(?!aws-lambda|ajv-compiler))/,
		folders: ['http', 'lambda', 'local', 'partners'],
	},
	{ packages: /^@fastify\/ajv-compiler$/, folders: ['deploy'] },
	{ packages: /^@fastify\/aws-lambda$/, folders: ['lambda'] },
	{ packages: /^(esbuild|dynalite|fauxqs|jsonata)$/, folders: ['deploy', 'local', 'local-aws'] },
];

const NAMELESS = /(^|\/|[-.])(utils?|helpers?|common|misc|shared)([-./]|$)/;

interface Import {
	readonly from: string;
	readonly to: string;
}

const files = globSync('**/*.{ts,cjs}', { cwd: SOURCE })
	.map((file) => file.replaceAll('\\', '/'))
	.toSorted();

const imports: readonly Import[] = files.flatMap((from) => {
	// What stands in a template literal is a text that the code writes, not code of its own.
	const text = readFileSync(join(SOURCE, from), 'utf8').replaceAll(/`(?:[^`\\]|\\.)*`/gs, '``');
	const specifiers = text.matchAll(
		/^(?:import|export)\b[^;(]*?\bfrom '([^']+)'|\b(?:import|require)\('([^']+)'/gm,
	);
	return [...specifiers].map(([, declared, called]) => {
		const specifier = declared ?? called ?? '';
		const to = specifier.startsWith('.')
			? relative(SOURCE, resolve(SOURCE, dirname(from), specifier))
			: specifier;
		return { from, to };
	});
});

const folderOf = (file: string) => file.split('/', 1)[0] ?? '';
const workflowOf = (file: string) => /^workflows\/([^/]+)\//.exec(file)?.[1];
const isOurs = ({ to }: Import) => files.includes(to);
const within = (file: string, allowed: readonly string[]) =>
	allowed.some((place) => file === place || file.startsWith(`${place}/`));

function mayImport({ from, to }: Import): boolean {
	const folder = folderOf(from);
	if (folder === from) return within(to, TOP_FILES);
	const workflow = workflowOf(from);
	if (workflow !== undefined && workflowOf(to) !== undefined) return workflowOf(to) === workflow;
	if (folderOf(to) === folder) return true;
	const entry = workflow !== undefined && from === `workflows/${workflow}/steps.ts`;
	return within(to, [...(MAY_IMPORT[folder] ?? []), ...(entry ? WORKFLOW_ENTRY_MAY_IMPORT : [])]);
}

test('the files were found', async (t) => {
	t.ok(imports.filter(isOurs).length > 50, 'the pattern of imports still fits');
	t.strictSame(
		[...new Set(files.filter((file) => file.includes('/')).map(folderOf))].filter(
			(folder) => !(folder in MAY_IMPORT),
		),
		[],
		'each folder has its row',
	);
});

test('each file imports only what its folder may', async (t) => {
	t.strictSame(
		imports.filter(isOurs).filter((each) => !mayImport(each)),
		[],
	);
});

test('every relative import names a file that is there', async (t) => {
	const missing = imports.filter(({ to }) => /\.(ts|cjs)$/.test(to) && !files.includes(to));
	t.strictSame(missing, []);
});

test('packages stay where they belong', async (t) => {
	const strays = imports.filter(({ from, to }) =>
		CONFINED.some(({ packages, folders }) => packages.test(to) && !folders.includes(folderOf(from))),
	);
	t.strictSame(strays, []);
});

test('nothing that is deployed reaches the local AWS', async (t) => {
	t.strictSame(
		imports.filter(({ from, to }) => folderOf(to).startsWith('local') && !folderOf(from).startsWith('local')),
		[],
	);
});

test('only the configuration reads the environment of a deployed function', async (t) => {
	const readers = files.filter(
		(file) => !file.startsWith('local') && readFileSync(join(SOURCE, file), 'utf8').includes('process.env'),
	);
	// The loader runs before there is a configuration, and is to load nothing.
	t.strictSame(readers, [
		'config.ts',
		'deploy/loader/index.ts',
		'deploy/start-fast/make-code-caches.ts',
		'deploy/start-fast/warm-up.ts',
	]);
});

test('file names say what is inside, in kebab-case', async (t) => {
	t.strictSame(
		files.filter((file) => NAMELESS.test(file) || !/^[a-z0-9-/.]+$/.test(file)),
		[],
	);
});

test('at the top there is what the project is made of, and nothing that a tool has left there', async (t) => {
	const top = readdirSync(resolve(SOURCE, '..')).filter((name) => !/^\.|^node_modules$/.test(name));
	t.strictSame(top.toSorted(), [
		'LICENSE',
		'README.md',
		'openapi',
		'package-lock.json',
		'package.json',
		'serverless.yml',
		'src',
		'test',
		'tsconfig.json',
	]);
});

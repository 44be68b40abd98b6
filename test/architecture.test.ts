import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';
import { test } from 'tap';

const PROJECT = resolve(import.meta.dirname, '..');
const SOURCE = join(PROJECT, 'src');

/** Files at the top of `src` that every folder of ours except the domain may import. */
const TOP_FILES = ['parse.ts'];

/** For each folder of `src`: the other folders or files that it may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
	lambda: ['aws', 'config.ts', 'executions', 'http', 'tasks', 'workflows', 'partners', ...TOP_FILES],
	http: ['tasks', 'workflows/catalog.ts', 'workflows/define-workflow.ts', ...TOP_FILES],
	tasks: [],
	executions: ['tasks', ...TOP_FILES],
	partners: ['tasks', ...TOP_FILES],
	aws: ['tasks', 'executions', 'config.ts', ...TOP_FILES],
	workflows: ['tasks', 'partners', ...TOP_FILES],
	deploy: ['workflows', 'partners', 'aws', 'executions', 'http', 'tasks', 'config.ts', ...TOP_FILES],
	client: [],
	cli: ['client', 'deploy'],
	console: ['client'],
	'local-aws': [],
	local: [
		'local-aws',
		'aws',
		'cli',
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

/** Why each folder may import no more than that, for the message of a failure. */
const REASONS: Readonly<Record<string, string>> = {
	lambda: 'an entry point wires parts that are deployed, so it knows no build and no laptop',
	http: 'routes know use cases and not how AWS implements them',
	tasks: 'the domain depends on nothing, so that it is tested without AWS and HTTP',
	executions: 'these use cases know AWS through ports only',
	partners: 'a client of a service knows nothing of AWS and HTTP routes',
	aws: 'an adapter implements ports and knows no route and no workflow',
	workflows: 'a workflow is a folder of its own, so that deleting it breaks nothing else',
	deploy: 'the build reads what is deployed, and is never deployed or run by the laptop alone',
	client: 'the client is a package of its own, without dependencies',
	cli: 'the command line knows the API through the client only',
	console: 'the console uses the public API only, so that a stage can serve the same files',
	'local-aws': 'the local AWS is a package of its own that runs any template',
	local: 'nothing imports the programs of the laptop',
};

const reasonOf = (file: string) =>
	REASONS[folderOf(file)] ?? 'a file at the top of src is imported by every folder';

/** The `steps.ts` of a workflow wires its steps, so it may import these too. */
const STEPS_MAY_IMPORT = ['aws', 'config.ts'];

/** Packages that only some folders may import, with the reason that a failure shows. */
const CONFINED_PACKAGES: readonly {
	readonly packages: RegExp;
	readonly folders: readonly string[];
	readonly reason: string;
}[] = [
	{
		packages: /^@aws-sdk\//,
		folders: ['aws', 'local', 'local-aws'],
		reason: 'the AWS SDK stays behind the ports',
	},
	{ packages: /^electrodb$/, folders: ['aws'], reason: 'ElectroDB stays behind the stores' },
	{
		packages: /^@aws-lambda-powertools\//,
		folders: ['aws'],
		reason: 'Powertools stays behind log, metrics and secrets',
	},
	{
		packages: /^(fastify|@fastify\/(?!aws-lambda|ajv-compiler|fast-json-stringify-compiler))/,
		folders: ['http', 'lambda', 'local', 'partners'],
		reason: 'the domain does not depend on HTTP',
	},
	{
		packages: /^@fastify\/(ajv-compiler|fast-json-stringify-compiler)$/,
		folders: ['deploy'],
		reason: 'validators are compiled at build time',
	},
	{
		packages: /^@fastify\/aws-lambda$/,
		folders: ['lambda'],
		reason: 'only the entry points are adapted to Lambda',
	},
	{
		packages: /^(preact|@preact\/|@dagrejs\/)/,
		folders: ['console'],
		reason: 'only the console runs in a browser',
	},
	{
		packages: /^(esbuild|vite|dynalite|fauxqs|jsonata)$/,
		folders: ['console', 'deploy', 'local', 'local-aws'],
		reason: 'development packages are not deployed',
	},
	{
		packages: /^(commander|@bomb\.sh\/tab)/,
		folders: ['cli'],
		reason: 'command lines of other programs are parsed by node:util',
	},
];

/** File names that do not name a concept. */
const VAGUE_NAME = /(^|\/|[-.])(utils?|helpers?|common|misc|shared)([-./]|$)/;

interface Import {
	readonly from: string;
	/** A path below `src`, or a package. */
	readonly to: string;
	/** Whether it is erased at run time. */
	readonly isTypeOnly: boolean;
	/** Whether it is loaded on first use, by `import()`. */
	readonly isLazy: boolean;
}

const files = globSync('**/*.{ts,tsx,cjs}', {
	cwd: SOURCE,
	exclude: (name) => name === 'node_modules' || name === 'dist',
})
	.map((file) => file.replaceAll('\\', '/'))
	.toSorted();

const imports: readonly Import[] = files.flatMap((from) => {
	const text = readFileSync(join(SOURCE, from), 'utf8');
	const { module } = parseSync(from, text);
	const target = (specifier: string) =>
		specifier.startsWith('.') ? relative(SOURCE, resolve(SOURCE, dirname(from), specifier)) : specifier;
	const required = [...text.matchAll(/\brequire\('([^']+)'\)/g)].map(([, specifier = '']) => specifier);
	return [
		...module.staticImports.map(({ moduleRequest, entries }) => ({
			from,
			to: target(moduleRequest.value),
			isTypeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
			isLazy: false,
		})),
		...module.staticExports.flatMap(({ entries }) =>
			entries.flatMap(({ moduleRequest, isType }) =>
				moduleRequest === null
					? []
					: [{ from, to: target(moduleRequest.value), isTypeOnly: isType, isLazy: false }],
			),
		),
		...module.dynamicImports
			.map(({ moduleRequest }) => text.slice(moduleRequest.start, moduleRequest.end))
			.filter((specifier) => /^'[^']+'$/.test(specifier))
			.map((specifier) => ({ from, to: target(specifier.slice(1, -1)), isTypeOnly: false, isLazy: true })),
		...(from.endsWith('.cjs')
			? required.map((specifier) => ({ from, to: target(specifier), isTypeOnly: false, isLazy: false }))
			: []),
	];
});

const folderOf = (file: string) => file.split('/', 1)[0] ?? '';
const workflowOf = (file: string) => /^workflows\/([^/]+)\//.exec(file)?.[1];
const isOurs = ({ to }: Import) => files.includes(to);
const isWithin = (file: string, places: readonly string[]) =>
	places.some((place) => file === place || file.startsWith(`${place}/`));

/** The places that a file may import from outside its own folder. */
function allowedPlaces(from: string): readonly string[] {
	if (folderOf(from) === from) return TOP_FILES;
	const isSteps = from === `workflows/${workflowOf(from)}/steps.ts`;
	return [...(MAY_IMPORT[folderOf(from)] ?? []), ...(isSteps ? STEPS_MAY_IMPORT : [])];
}

function isAllowed({ from, to }: Import): boolean {
	const [workflow, imported] = [workflowOf(from), workflowOf(to)];
	if (workflow !== undefined && imported !== undefined) return workflow === imported;
	return (folderOf(from) !== from && folderOf(to) === folderOf(from)) || isWithin(to, allowedPlaces(from));
}

test('every folder has a row in the import table', async (t) => {
	t.ok(imports.filter(isOurs).length > 50, 'imports are found');
	const folders = new Set(files.filter((file) => file.includes('/')).map(folderOf));
	t.strictSame(
		[...folders].filter((folder) => !(folder in MAY_IMPORT && folder in REASONS)),
		[],
		'MAY_IMPORT and REASONS of this file have a row for each folder of src',
	);
});

test('every file imports only from the places that its folder may', async (t) => {
	const broken = imports
		.filter((each) => isOurs(each) && !isAllowed(each))
		.map(
			({ from, to }) =>
				`${from} imports ${to}; it may import: ${allowedPlaces(from).join(', ') || 'nothing of ours'}; why: ${reasonOf(from)}`,
		);
	t.strictSame(broken, []);
});

test('every relative import names an existing file', async (t) => {
	t.strictSame(
		imports.filter(({ to }) => /\.(tsx?|cjs)$/.test(to) && !files.includes(to)),
		[],
	);
});

test('packages are imported only where they belong', async (t) => {
	const strays = imports.flatMap(({ from, to }) =>
		CONFINED_PACKAGES.filter(
			({ packages, folders }) => packages.test(to) && !folders.includes(folderOf(from)),
		).map(({ folders, reason }) => `${from} imports ${to}; only ${folders.join(', ')} may: ${reason}`),
	);
	t.strictSame(strays, []);
});

test('nothing that is deployed imports the local AWS', async (t) => {
	t.strictSame(
		imports.filter(({ from, to }) => folderOf(to).startsWith('local') && !folderOf(from).startsWith('local')),
		[],
	);
});

test('there are no import cycles, type imports included', async (t) => {
	const targets = new Map(
		files.map((file) => [
			file,
			imports.filter((each) => each.from === file && isOurs(each)).map(({ to }) => to),
		]),
	);
	const done = new Set<string>();
	const cycles: string[] = [];
	const visit = (file: string, path: readonly string[]): void => {
		if (path.includes(file)) {
			cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
			return;
		}
		if (done.has(file)) return;
		for (const next of targets.get(file) ?? []) visit(next, [...path, file]);
		done.add(file);
	};
	for (const file of files) visit(file, []);
	t.strictSame(cycles, []);
});

test('only the configuration reads the environment of a deployed function', async (t) => {
	const readers = files.filter(
		(file) => !/^(cli|local)/.test(file) && readFileSync(join(SOURCE, file), 'utf8').includes('process.env'),
	);
	// The loader runs before the configuration is loaded.
	t.strictSame(readers, [
		'config.ts',
		'deploy/code-cache/make-code-caches.ts',
		'deploy/code-cache/start-function.ts',
	]);
});

test('file names are kebab-case and name a concept', async (t) => {
	t.strictSame(
		files.filter((file) => VAGUE_NAME.test(file) || !/^[a-z0-9-/.]+$/.test(file)),
		[],
	);
});

test('the top level holds only the files and folders that the user chose', async (t) => {
	const top = readdirSync(PROJECT).filter((name) => !/^\.|^node_modules$/.test(name));
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

/**
 * The files of ours that are loaded at run time, starting from `entries`. Routes other than create and get are left out, and
 * so are files that are loaded on first use.
 */
function loadedFiles(entries: readonly string[]): Set<string> {
	const loaded = new Set<string>();
	const pending = [...entries];
	for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
		if (loaded.has(file) || (file.startsWith('http/routes/') && !/\/(create-task|get-task)\.ts$/.test(file)))
			continue;
		loaded.add(file);
		pending.push(
			...imports
				.filter((each) => each.from === file && isOurs(each) && !each.isTypeOnly && !each.isLazy)
				.map(({ to }) => to),
		);
	}
	return loaded;
}

test('a greeting takes few files, from the request to the mirrored status', async (t) => {
	const loaded = loadedFiles([
		'lambda/api.ts',
		'lambda/starter.ts',
		'lambda/listener.ts',
		'workflows/greeting/steps.ts',
	]);
	t.comment(`api (create and get), starter, listener and greeting steps load ${loaded.size} files`);
	if (process.argv.includes('--list')) t.comment([...loaded].toSorted().join('\n'));
	t.ok(loaded.size <= 80, `${loaded.size} files, at most 80`);
});

import { readFile } from 'node:fs/promises';
import { bundle } from '../deploy/bundle.ts';
import { writeCatalog } from '../deploy/catalog.ts';
import { definitionFile, loadWorkflows } from '../deploy/load-workflows.ts';
import { packageTemplate } from '../deploy/package.ts';
import { positionOfPointer } from '../deploy/source-position.ts';
import { checkDefinition } from '../local-aws/index.ts';
import { LOCAL_PARAMETERS } from './local-parameters.ts';
import type { LocalSettings } from './settings.ts';

/** A part of the start that takes a noticeable time. */
export type Phase = 'bundling' | 'packaging' | 'booting';

/**
 * Checks the workflows, bundles and packages, each only as far as its inputs have changed. Returns the template.
 * @throws with file, line and column if a definition, a step or a source file is invalid.
 */
export async function buildProject(
	auth: LocalSettings['auth'],
	onPhase: (phase: Phase) => void = () => undefined,
): Promise<unknown> {
	// Both steps follow the imports of the catalogue, which names each workflow's folder.
	await writeCatalog();
	onPhase('bundling');
	// Code caches speed up cold starts on Lambda, and take seconds to make.
	const bundled = bundle({ withCodeCaches: false });
	onPhase('packaging');
	const packaged = packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS[auth] });
	// An invalid workflow is reported in one line instead of in serverless's output.
	for (const later of [bundled, packaged]) later.catch(() => undefined);
	await checkWorkflows();
	await bundled;
	return packaged;
}

/** An ARN for the functions that a definition names by a substitution. */
const ANY_FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:any';

async function checkWorkflows(): Promise<void> {
	const faults: string[] = [];
	for (const { name, definition } of await loadWorkflows()) {
		const checked = checkDefinition(JSON.stringify(definition).replaceAll(/\$\{\w+\}/g, ANY_FUNCTION));
		if (checked.kind === 'valid') continue;
		const file = definitionFile(name);
		const text = await readFile(file, 'utf8');
		for (const { path, message } of checked.faults)
			faults.push(`${positionOfPointer(file, text, path)}: ${message} at ${path || '/'}`);
	}
	if (faults.length > 0) throw new Error(faults.join('\n'));
}

// npm runs this after an install, so that the first start has nothing to build.
if (import.meta.main) await buildProject('none');

import type { TSchema } from 'typebox';
import * as Value from 'typebox/value';
import { AwsError } from '../endpoint/service.ts';
import { isObject, type Json } from '../json.ts';
import { branchFaults, type Fault, stateFaults } from './definition-checks.ts';
import {
	type Branch,
	type Definition,
	DefinitionSchema,
	STATE_SCHEMAS,
	type State,
} from './definition-schema.ts';

/**
 * A state machine from its text in the Amazon States Language.
 * Throws `InvalidDefinition` with the path of each fault: what is no ASL, what is not JSONata, and what is not built here.
 */
export function parseDefinition(source: string): Definition {
	const faults: Fault[] = [];
	const names = new Set<string>();
	const definition = parseJson(source);

	const check = (schema: TSchema, value: Json, path: string): boolean => {
		if (Value.Check(schema, value)) return true;
		faults.push(
			...Value.Errors(schema, value).map((error) => ({
				path: `${path}${error.instancePath}`,
				message: describe(error),
			})),
		);
		return false;
	};

	const checkBranch = (value: Json | undefined, path: string): void => {
		if (!isObject(value) || !isObject(value['States'])) return;
		for (const [name, state] of Object.entries(value['States'])) {
			const at = `${path}/States/${name}`;
			if (name.length < 1 || name.length > 80)
				faults.push({ path: at, message: 'A state name has 1 to 80 characters.' });
			if (names.has(name))
				faults.push({ path: at, message: 'The name is used for another state of the machine.' });
			names.add(name);
			if (checkState(state, at)) faults.push(...stateFaults(state, at));
			if (!isObject(state)) continue;
			if (Array.isArray(state['Branches']))
				state['Branches'].forEach((branch, index) => checkBranch(branch, `${at}/Branches/${index}`));
			checkBranch(state['ItemProcessor'], `${at}/ItemProcessor`);
		}
		faults.push(...branchFaults(value, path));
	};

	const checkState = (state: Json, path: string): state is Json & State => {
		const type = isObject(state) ? state['Type'] : undefined;
		const schema = Object.entries(STATE_SCHEMAS).find(([known]) => known === type)?.[1];
		if (schema !== undefined) return check(schema, state, path);
		faults.push({
			path: `${path}/Type`,
			message: `The type is one of ${Object.keys(STATE_SCHEMAS).join(', ')}.`,
		});
		return false;
	};

	const wellFormed = check(DefinitionSchema, definition, '');
	checkBranch(definition, '');
	if (wellFormed && faults.length === 0 && isDefinition(definition)) return definition;
	throw new AwsError(
		'InvalidDefinition',
		`Invalid State Machine Definition: '${faults.map(({ path, message }) => `SCHEMA_VALIDATION_FAILED: ${message.replace(/\.$/, '')} at ${path || '/'}`).join(', ')}'`,
	);
}

/** Every part has passed its own check by now; this says so to the compiler. */
function isDefinition(value: Json): value is Json & Branch {
	return isObject(value);
}

function parseJson(source: string): Json {
	try {
		return JSON.parse(source);
	} catch {
		throw new AwsError(
			'InvalidDefinition',
			"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: the definition is not JSON'",
		);
	}
}

function describe({
	keyword,
	message,
	params,
}: {
	keyword: string;
	message: string;
	params: object;
}): string {
	if (keyword !== 'additionalProperties') return message;
	return `${message}: ${JSON.stringify(Object.values(params).flat())} is no field of it in JSONata, or is not built here`;
}

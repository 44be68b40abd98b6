import type { TSchema } from 'typebox';
import { type Fault, findFault } from '../parse.ts';

/** An output that cannot be a result of its workflow. */
export interface OutputFault {
	/** The state that ends the machine with the output. */
	readonly state: string;
	/** The fault in the output. */
	readonly fault: Fault;
}

/**
 * Finds the first state that ends a machine with an output that the result schema does not allow, as far as the definition
 * alone shows it: the value of an expression is unknown, and so is the output of a state without `Output`.
 */
export function findOutputFault(definition: unknown, result: TSchema): OutputFault | undefined {
	for (const [state, value] of Object.entries(members(members(definition)['States']))) {
		const { Type, End, Output } = members(value);
		if ((Type !== 'Succeed' && End !== true) || Output === undefined) continue;
		const fault = findStaticFault(result, Output, '');
		if (fault !== undefined) return { state, fault };
	}
	return undefined;
}

/** Checks all that is known of a value: of an object or array that contains expressions, its shape and its other members. */
function findStaticFault(schema: unknown, value: unknown, pointer: string): Fault | undefined {
	if (!isSchema(schema) || isExpression(value)) return undefined;
	if (!containsExpression(value)) {
		const fault = findFault(schema, value);
		return fault && { ...fault, pointer: `${pointer}${fault.pointer}` };
	}
	const { type, items } = members(schema);
	const actual = Array.isArray(value) ? 'array' : 'object';
	if (typeof type === 'string' && type !== actual) return { pointer, message: `must be ${type}` };
	if (!Array.isArray(value)) return findFaultOfObject(schema, members(value), pointer);
	for (const [index, item] of value.entries()) {
		const fault = findStaticFault(items, item, `${pointer}/${index}`);
		if (fault !== undefined) return fault;
	}
	return undefined;
}

function findFaultOfObject(schema: TSchema, value: Members, pointer: string): Fault | undefined {
	const { required, additionalProperties, patternProperties } = members(schema);
	const properties = members(members(schema)['properties']);
	const missing = Array.isArray(required)
		? required.find((name) => !Object.hasOwn(value, String(name)))
		: undefined;
	if (missing !== undefined) return { pointer, message: `must have required properties ${String(missing)}` };
	const isClosed = additionalProperties === false && patternProperties === undefined;
	for (const [name, member] of Object.entries(value)) {
		const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
		if (isClosed && !Object.hasOwn(properties, name)) return { pointer: place, message: 'must be absent' };
		const fault = findStaticFault(properties[name], member, place);
		if (fault !== undefined) return fault;
	}
	return undefined;
}

/** A JSONata expression, or text with a substitution that CloudFormation replaces. */
function isExpression(value: unknown): boolean {
	return typeof value === 'string' && (/^\{%.*%\}$/s.test(value) || value.includes('${'));
}

function containsExpression(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return isExpression(value);
	return Object.values(value).some(containsExpression);
}

type Members = Readonly<Record<string, unknown>>;

function isSchema(value: unknown): value is TSchema {
	return typeof value === 'object' && value !== null;
}

function members(value: unknown): Members {
	return typeof value === 'object' && value !== null ? { ...value } : {};
}

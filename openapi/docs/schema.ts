import type { Schema } from '../api-document.ts';
import { type Html, html } from './html.ts';
import { inline } from './markdown.ts';

/** The keywords that narrow a value, and how they are told. */
const LIMITS: Readonly<Record<string, string>> = {
	minLength: 'at least # characters',
	maxLength: 'at most # characters',
	minimum: 'at least #',
	maximum: 'at most #',
	minItems: 'at least # items',
	maxItems: 'at most # items',
	maxProperties: 'at most # members',
	pattern: 'matches #',
};

/** A schema as a list of members, each with its type, limits and meaning; named schemas are linked. */
export function schemaHtml(schema: Schema): Html {
	return html`<div class="schema"><p>${typeHtml(schema)}${limitsOf(schema)}</p>${nested(schema)}</div>`;
}

function nested(schema: Schema): Html | undefined {
	if (schema.$ref !== undefined) return undefined;
	if (schema.properties !== undefined) return members(schema.properties, schema.required ?? []);
	if (schema.items !== undefined) return nested(schema.items);
	if (typeof schema.additionalProperties === 'object') return nested(schema.additionalProperties);
	return undefined;
}

function members(properties: Readonly<Record<string, Schema>>, required: readonly string[]): Html {
	return html`<dl>${Object.entries(properties).map(
		([name, schema]) => html`
<dt><code>${name}</code> ${typeHtml(schema)}${required.includes(name) ? undefined : html` <small>optional</small>`}</dt>
<dd>${inline(schema.description)}${limitsOf(schema)}${nested(schema)}</dd>`,
	)}</dl>`;
}

function typeHtml(schema: Schema): Html {
	const { $ref, type, format, items, additionalProperties, oneOf, anyOf } = schema;
	const choices = oneOf ?? anyOf;
	if ($ref !== undefined) return schemaLink($ref.replace('#/components/schemas/', ''));
	if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
	if (schema.enum !== undefined)
		return separated(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`));
	if (choices !== undefined) return separated(choices.map(typeHtml));
	if (items !== undefined) return html`array of ${typeHtml(items)}`;
	if (typeof additionalProperties === 'object') return html`object of ${typeHtml(additionalProperties)}`;
	return html`${type ?? 'anything'}${format === undefined ? undefined : ` (${format})`}`;
}

function separated(choices: readonly Html[]): Html {
	return html`${choices.map((choice, index) => (index === 0 ? choice : html` or ${choice}`))}`;
}

function limitsOf(schema: Schema): Html | undefined {
	const told = Object.entries(LIMITS).flatMap(([keyword, words]) =>
		schema[keyword] === undefined ? [] : [words.replace('#', () => String(schema[keyword]))],
	);
	return told.length === 0 ? undefined : html` <small>${told.join(', ')}</small>`;
}

export function schemaLink(name: string): Html {
	return html`<a href="#schema-${name}">${name}</a>`;
}

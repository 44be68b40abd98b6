import type { Json } from '../json.ts';
import type { Template } from './template.ts';
import { TemplateError } from './template-error.ts';

/** Returns the given or default values of the template's parameters. @throws for a missing or invalid value. */
export function parameterValues(
	{ Parameters = {} }: Template,
	given: Readonly<Record<string, string>>,
): Readonly<Record<string, Json>> {
	return Object.fromEntries(
		Object.entries(Parameters).map(([name, { Type, Default, AllowedValues, AllowedPattern }]) => {
			const value = given[name] ?? Default;
			if (value === undefined) throw new TemplateError(`The parameter ${name} has no value.`);
			const text = String(value);
			const allowed = AllowedValues === undefined || AllowedValues.map(String).includes(text);
			if (!allowed || (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(text))) {
				throw new TemplateError(`The parameter ${name} may not be "${text}".`);
			}
			return [name, Type === 'CommaDelimitedList' ? text.split(',').map((item) => item.trim()) : text];
		}),
	);
}

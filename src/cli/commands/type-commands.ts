import { type CliContext, print } from '../cli-context.ts';
import { CliError, EXIT_CODES } from '../exit-codes.ts';
import { durationText, tableText } from '../task-text.ts';

/** Lists the task types, or shows the schemas of one. @throws {@link CliError} if the type is unknown. */
export async function showTypes(context: CliContext, name: string | undefined): Promise<number> {
	const types = await context.client.types({ signal: context.io.signal });
	if (name === undefined) {
		const rows = types.map(({ type, description, expected_seconds: seconds }) => [
			type,
			durationText(seconds * 1000),
			description,
		]);
		print(context, types, tableText(rows));
		return EXIT_CODES.success;
	}
	const found = types.find(({ type }) => type === name);
	if (found === undefined)
		throw new CliError(
			EXIT_CODES.rejected,
			`Unknown task type "${name}". Known: ${types.map(({ type }) => type).join(', ')}.`,
		);
	const { type, description, input_schema: input, result_schema: result } = found;
	const schemaText = (schema: unknown) => JSON.stringify(schema, null, 2);
	const parts = [`${type}: ${description}`, `data\n${schemaText(input)}`, `result\n${schemaText(result)}`];
	print(context, found, parts.join('\n\n'));
	return EXIT_CODES.success;
}

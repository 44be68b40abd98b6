/** A line of a log, or a row of a result. */
export type Row = Readonly<Record<string, unknown>>;

type Command = (rows: readonly Row[]) => readonly Row[];

/**
 * Runs a query of CloudWatch Logs Insights over lines. Knows `fields`, `filter` with `=`, `!=` and `like` joined by `and` or
 * `or`, `stats count(*) as <name> by <fields>`, `sort` and `limit`.
 *
 * @throws Error on any other command or condition.
 */
export function runQuery(query: string, lines: readonly Row[]): readonly Row[] {
	return query
		.split('|')
		.map((text) => parseCommand(text.trim()))
		.reduce<readonly Row[]>((rows, command) => command(rows), lines);
}

function parseCommand(text: string): Command {
	const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(text) ?? [];
	if (name === 'fields') return select(names(rest));
	if (name === 'filter') return parseFilter(rest);
	if (name === 'limit') return (rows) => rows.slice(0, Number(rest));
	const [, sorted, order] = /^([@\w.]+) (asc|desc)$/.exec(rest) ?? [];
	if (name === 'sort' && sorted !== undefined) return sortBy(sorted, order === 'asc' ? 1 : -1);
	const [, counted, grouped] = /^count\(\*\) as (\w+) by (.+)$/.exec(rest) ?? [];
	if (name === 'stats' && counted !== undefined && grouped !== undefined)
		return countBy(names(grouped), counted);
	throw new Error(`Unknown command of Logs Insights: ${text}`);
}

function names(list: string): readonly string[] {
	const found = list.split(',').map((name) => name.trim());
	const invalid = found.find((name) => !/^@?\w+(\.\w+)*$/.test(name));
	if (invalid !== undefined) throw new Error(`Invalid field of Logs Insights: ${invalid}`);
	return found;
}

/** Later commands still see the other fields of a line. */
function select(fields: readonly string[]): Command {
	return (rows) =>
		rows.map((row) => ({
			...row,
			...Object.fromEntries(fields.map((field) => [field, fieldOf(row, field)])),
		}));
}

function parseFilter(text: string): Command {
	const joiner = text.includes(' or ') ? ' or ' : ' and ';
	const conditions = text.split(joiner).map((condition) => {
		const [, field = '', operator, wanted = ''] =
			/^([@\w.]+) (=|!=|like) '([^']*)'$/.exec(condition.trim()) ?? [];
		if (operator === undefined) throw new Error(`Unknown condition of Logs Insights: ${condition}`);
		return (row: Row) => {
			const value = String(fieldOf(row, field) ?? '');
			if (operator === 'like') return value.includes(wanted);
			return (value === wanted) === (operator === '=');
		};
	});
	return (rows) =>
		rows.filter((row) =>
			joiner === ' or '
				? conditions.some((condition) => condition(row))
				: conditions.every((condition) => condition(row)),
		);
}

function sortBy(field: string, sign: 1 | -1): Command {
	const keyOf = (row: Row) => fieldOf(row, field);
	return (rows) =>
		rows.toSorted((one, other) => {
			const [a, b] = [keyOf(one), keyOf(other)];
			if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
			return sign * String(a).localeCompare(String(b));
		});
}

function countBy(fields: readonly string[], name: string): Command {
	return (rows) => {
		const groups = Map.groupBy(rows, (row) => JSON.stringify(fields.map((field) => fieldOf(row, field))));
		return [...groups.values()].map((group) => ({
			...Object.fromEntries(fields.map((field) => [field, fieldOf(group[0] ?? {}, field)])),
			[name]: group.length,
		}));
	};
}

/** A member of a line, also within others: `error.name`. A row of a result has the path itself as its member. */
function fieldOf(row: Row, path: string): unknown {
	if (path in row) return row[path];
	if (path === '@timestamp') return row['timestamp'];
	return path.split('.').reduce<unknown>((value, name) => Object(value)[name], row);
}

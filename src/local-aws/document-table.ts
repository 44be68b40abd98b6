import { DatabaseSync } from 'node:sqlite';
import * as Type from 'typebox';
import { parseJson, parseValue } from './parse.ts';

/** Persistent JSON documents by key; each write is on disk when it returns. */
export interface DocumentTable<Document> {
	get(key: string): Document | undefined;
	put(key: string, document: Document): void;
	delete(key: string): void;
	/** Every document, in the order of the keys. */
	all(): Document[];
	close(): void;
}

/** Location and schema of a table. */
export interface DocumentTableOptions<Schema extends Type.TSchema> {
	/** Path of the SQLite file; '' keeps the table in memory. Tables of other names may share the file. */
	readonly file: string;
	/** Becomes part of SQL text: a constant, never input. */
	readonly name: string;
	/** Schema that stored documents are checked against when they are read. */
	readonly schema: Schema;
}

const Row = Type.Object({ document: Type.String() });

/** Opens the table; creates it if it is missing. */
export function createDocumentTable<Schema extends Type.TSchema>({
	file,
	name,
	schema,
}: DocumentTableOptions<Schema>): DocumentTable<Type.Static<Schema>> {
	const database = new DatabaseSync(file === '' ? ':memory:' : file);
	database.exec(`CREATE TABLE IF NOT EXISTS ${name} (key TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT`);
	const select = database.prepare(`SELECT document FROM ${name} WHERE key = ?`);
	const selectAll = database.prepare(`SELECT document FROM ${name} ORDER BY key`);
	const upsert = database.prepare(`INSERT OR REPLACE INTO ${name} (key, document) VALUES (?, ?)`);
	const remove = database.prepare(`DELETE FROM ${name} WHERE key = ?`);
	const what = `a row of ${name}`;
	const read = (row: unknown) => parseJson(schema, parseValue(Row, row, what).document, what);
	return {
		get(key) {
			const row = select.get(key);
			return row === undefined ? undefined : read(row);
		},
		put(key, document) {
			upsert.run(key, JSON.stringify(document));
		},
		delete(key) {
			remove.run(key);
		},
		all: () => selectAll.all().map(read),
		close: () => database.close(),
	};
}

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import * as Type from 'typebox';
import { parseJson, parseValue } from '../parse.ts';
import { Execution, Machine } from './execution.ts';
import { HistoryEvent } from './history.ts';

const SCHEMA = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS machines (arn TEXT, revision INTEGER, document TEXT NOT NULL, PRIMARY KEY (arn, revision)) STRICT;
CREATE TABLE IF NOT EXISTS executions (arn TEXT PRIMARY KEY, machine_arn TEXT NOT NULL, status TEXT NOT NULL, started_ms REAL NOT NULL, document TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS executions_of_machine ON executions (machine_arn, started_ms DESC);
CREATE INDEX IF NOT EXISTS executions_by_status ON executions (status) WHERE status = 'RUNNING';
CREATE TABLE IF NOT EXISTS events (arn TEXT, id INTEGER, document TEXT NOT NULL, PRIMARY KEY (arn, id)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL) STRICT;
`;

const Document = Type.Object({ document: Type.String() });
const OutboxRow = Type.Object({ id: Type.Integer(), document: Type.String() });

interface Write {
	readonly statement: StatementSync;
	readonly values: SQLInputValue[];
	/** Called after the commit with the row's id. */
	readonly onSaved: ((rowId: number) => void) | undefined;
}

/** A status event that is not delivered yet. */
export type OutboxEntry = { readonly id: number; readonly document: string };

/**
 * Opens the SQLite store of machines, executions and histories. Writes are buffered until `flush` commits them in one
 * transaction. Every acknowledged request is flushed first, so a crash loses nothing that a client has seen.
 */
export function createStore(file: string) {
	const database = new DatabaseSync(file);
	database.exec(SCHEMA);
	const insertMachine = database.prepare('INSERT OR REPLACE INTO machines VALUES (?, ?, ?)');
	const deleteMachine = database.prepare('DELETE FROM machines WHERE arn = ?');
	const upsertExecution = database.prepare('INSERT OR REPLACE INTO executions VALUES (?, ?, ?, ?, ?)');
	const insertEvent = database.prepare('INSERT OR REPLACE INTO events VALUES (?, ?, ?)');
	const insertOutbox = database.prepare('INSERT INTO outbox (document) VALUES (?)');
	const deleteOutbox = database.prepare('DELETE FROM outbox WHERE id = ?');
	const selectMachines = database.prepare('SELECT document FROM machines ORDER BY arn, revision');
	const selectExecution = database.prepare('SELECT document FROM executions WHERE arn = ?');
	const selectRunning = database.prepare("SELECT document FROM executions WHERE status = 'RUNNING'");
	const selectOfMachine = database.prepare(
		"SELECT document FROM executions WHERE machine_arn = ? AND (? = '' OR status = ?) ORDER BY started_ms DESC, arn LIMIT ? OFFSET ?",
	);
	const selectEvents = database.prepare('SELECT document FROM events WHERE arn = ? ORDER BY id');
	const selectOutbox = database.prepare('SELECT id, document FROM outbox ORDER BY id');

	const inTransaction = createTransaction(database);

	let pending: Write[] = [];
	/** ARNs of executions with buffered writes. */
	const unsaved = new Set<string>();
	let flushing: Promise<void> | undefined;
	const flush = () => {
		if (pending.length === 0) return;
		const writes = pending;
		const rowIds = inTransaction(() =>
			writes.map(({ statement, values }) => Number(statement.run(...values).lastInsertRowid)),
		);
		pending = [];
		unsaved.clear();
		for (const [index, { onSaved }] of writes.entries()) onSaved?.(rowIds[index] ?? 0);
	};
	const flushNextTurn = async () => {
		await turn();
		flushing = undefined;
		flush();
	};
	const flushed = () => (flushing ??= flushNextTurn());
	const enqueue = (statement: StatementSync, values: SQLInputValue[], onSaved?: Write['onSaved']) => {
		pending.push({ statement, values, onSaved });
		void flushed();
	};

	return {
		flush,
		/** Resolves after the next flush; all callers of one turn share its transaction. */
		flushed,
		saveMachine: (machine: Machine) =>
			enqueue(insertMachine, [machine.arn, machine.revision, JSON.stringify(machine)]),
		removeMachine: (arn: string) => enqueue(deleteMachine, [arn]),
		machines(): Machine[] {
			flush();
			return selectMachines.all().map((row) => parseJson(Machine, document(row), 'machine'));
		},
		saveExecution(execution: Execution) {
			const { arn, machineArn, status, startedAtMs } = execution;
			unsaved.add(arn);
			enqueue(upsertExecution, [arn, machineArn, status, startedAtMs, JSON.stringify(execution)]);
		},
		execution(arn: string): Execution | undefined {
			if (unsaved.has(arn)) flush();
			const row = selectExecution.get(arn);
			return row === undefined ? undefined : executionOf(row);
		},
		runningExecutions(): Execution[] {
			flush();
			return selectRunning.all().map(executionOf);
		},
		/** Newest first; an empty `status` matches every status. */
		executionsOf(machineArn: string, status: string, limit: number, offset: number): Execution[] {
			flush();
			return selectOfMachine.all(machineArn, status, status, limit, offset).map(executionOf);
		},
		saveEvent(arn: string, event: HistoryEvent) {
			enqueue(insertEvent, [arn, event.id, JSON.stringify(event)]);
		},
		events(arn: string): HistoryEvent[] {
			flush();
			return selectEvents.all(arn).map((row) => parseJson(HistoryEvent, document(row), 'event'));
		},
		/** Stores a status event; `onSaved` receives the entry for `removeOutbox`. */
		saveOutbox(text: string, onSaved: (entry: OutboxEntry) => void) {
			enqueue(insertOutbox, [text], (id) => onSaved({ id, document: text }));
		},
		removeOutbox: (id: number) => enqueue(deleteOutbox, [id]),
		outbox: (): OutboxEntry[] => selectOutbox.all().map((row) => parseValue(OutboxRow, row, 'outbox')),
		close() {
			flush();
			database.close();
		},
	};
}

/** The store of Step Functions. */
export type Store = ReturnType<typeof createStore>;

/** Runs writes in a transaction. After a failure, such as a full disk, nothing is written and the store stays usable. */
function createTransaction(database: DatabaseSync): <Result>(write: () => Result) => Result {
	const begin = database.prepare('BEGIN');
	const commit = database.prepare('COMMIT');
	return (write) => {
		begin.run();
		try {
			const result = write();
			commit.run();
			return result;
		} catch (error) {
			// SQLite has already rolled back after a full disk.
			if (database.isTransaction) database.exec('ROLLBACK');
			throw error;
		}
	};
}

function document(row: unknown): string {
	return parseValue(Document, row, 'row').document;
}

function executionOf(row: unknown): Execution {
	return parseJson(Execution, document(row), 'execution');
}

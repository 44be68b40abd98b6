import { existsSync, globSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The data folder cannot be used; the message says why. */
export class DataDirError extends Error {
	override readonly name = 'DataDirError';
	readonly code = 'data-dir';
}

/** Plain words for the errors of a file system. */
const FILE_SYSTEM_REASONS: Readonly<Record<string, string>> = {
	EACCES: 'permission denied',
	EDQUOT: 'disk quota exceeded',
	EEXIST: 'it is not a folder',
	ENOENT: 'this file system does not allow new folders',
	ENOSPC: 'no space left on the disk',
	ENOTDIR: 'it is not a folder',
	EPERM: 'permission denied',
	EROFS: 'read-only file system',
};

/** Large enough to need a block of its own on a full disk. */
const PROBE_BYTES = 65_536;

/**
 * Creates the folder if it is missing, and checks that its databases can be opened and written.
 * @throws {@link DataDirError} if the folder is not writable, corrupted, or in use by another process.
 */
export async function checkDataDir(dataDir: string): Promise<void> {
	const probe = join(dataDir, `.probe-${process.pid}`);
	try {
		await createFolder(dataDir);
		await writeFile(probe, Buffer.alloc(PROBE_BYTES), { flush: true });
		await rm(probe);
	} catch (cause) {
		await rm(probe, { force: true }).catch(() => undefined);
		throw new DataDirError(`The data folder ${dataDir} is not writable: ${reasonOf(cause)}.`, { cause });
	}
	for (const file of globSync('**/*.{db,sqlite,sqlite3}', { cwd: dataDir })) checkSqlite(dataDir, file);
	await checkLevel(dataDir, 'dynamodb');
}

/** Creates a folder and its parents. On file systems such as /proc, Node's own recursive `mkdir` never returns. */
async function createFolder(path: string): Promise<void> {
	if (existsSync(path)) return;
	if (dirname(path) !== path) await createFolder(dirname(path));
	try {
		await mkdir(path);
	} catch (error) {
		if (!existsSync(path)) throw error;
	}
}

function reasonOf(error: unknown): string {
	const { code, message } = Object(error);
	return FILE_SYSTEM_REASONS[String(code)] ?? String(message);
}

function checkSqlite(dataDir: string, file: string): void {
	try {
		const database = new DatabaseSync(join(dataDir, file));
		try {
			const { quick_check: result } = Object(database.prepare('PRAGMA quick_check(1)').get());
			if (result !== 'ok') throw new Error(String(result));
			// Takes the write lock and fails on a file that may only be read.
			database.exec('BEGIN IMMEDIATE; ROLLBACK');
		} finally {
			database.close();
		}
	} catch (cause) {
		throw failure(dataDir, file, cause);
	}
}

/** dynalite ends the process if it cannot open its database, so the same library opens it here first. */
async function checkLevel(dataDir: string, folder: string): Promise<void> {
	const path = join(dataDir, folder);
	if (!existsSync(path)) return;
	const { Level }: { Level: new (path: string) => { open(): Promise<void>; close(): Promise<void> } } =
		createRequire(createRequire(import.meta.url).resolve('dynalite'))('level');
	const database = new Level(path);
	try {
		await database.open();
		await database.close();
	} catch (error) {
		throw failure(dataDir, folder, Object(error).cause ?? error);
	}
}

function failure(dataDir: string, file: string, cause: unknown): DataDirError {
	const { code, errcode, message } = Object(cause);
	const [reason] = String(message).split('\n', 1);
	if (code === 'LEVEL_LOCKED' || errcode === SQLITE_BUSY)
		return new DataDirError(`The data folder ${dataDir} is in use by another process.`, { cause });
	if (/permission|read-?only|no space|disk full/i.test(reason ?? ''))
		return new DataDirError(`The data folder ${dataDir} is not writable: ${file}: ${reason}.`, { cause });
	return new DataDirError(
		`The data folder ${dataDir} is corrupted: ${file}: ${reason}. Move it away to start with empty data.`,
		{ cause },
	);
}

/** SQLite's result codes for a locked database and for a full disk. */
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

/** Returns the failure if the error, or a cause of it, is a full disk; undefined for other errors. */
export function fullDiskError(dataDir: string, error: unknown): DataDirError | undefined {
	const { code, errcode, message, cause } = Object(error);
	const isFull =
		['ENOSPC', 'EDQUOT'].includes(code) || errcode === SQLITE_FULL || /no space left/i.test(String(message));
	if (!isFull) return cause === undefined ? undefined : fullDiskError(dataDir, cause);
	return new DataDirError(
		`The data folder ${dataDir} is full. Nothing accepted is lost: free some space and start again.`,
		{ cause: error },
	);
}

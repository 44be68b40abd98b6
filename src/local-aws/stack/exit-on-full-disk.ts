import { fullDiskError } from './data-dir.ts';

/**
 * Ends the process with exit code 1 and one line when a write to the data folder finds the disk full. Every acknowledged
 * request is on disk by then, so the next start continues where this process ended. Other errors are printed whole.
 */
export function exitOnFullDisk(dataDir: string, option: string): void {
	process.on('uncaughtException', (error) => {
		const full = fullDiskError(dataDir, error);
		console.error(full === undefined ? error : `${option}: ${full.message}`);
		process.exit(1);
	});
}

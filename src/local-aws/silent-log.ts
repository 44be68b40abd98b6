import type { Log } from '../tasks/log.ts';

/** For who has no ear for what the stack says. */
export const SILENT: Log = { info() {}, warn() {}, error() {}, with: () => SILENT };

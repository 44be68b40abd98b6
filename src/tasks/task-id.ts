import { createHash, randomUUID } from 'node:crypto';

/** A UUIDv7: ids of later tasks sort after those of earlier ones. `random` gives UUIDv4s, whose chance it takes over. */
export function createTaskId(nowMs: number, random: () => string = randomUUID): string {
	const time = nowMs.toString(16).padStart(12, '0');
	return `${time.slice(0, 8)}-${time.slice(8)}-7${random().slice(15)}`;
}

/** The id of the task that a principal's idempotency key stands for: a UUIDv8, so that the key needs no item of its own. */
export function deriveTaskId(principal: string, key: string): string {
	const bytes = createHash('sha256')
		.update(JSON.stringify([principal, key]))
		.digest()
		.subarray(0, 16);
	bytes.writeUInt8(0x80 | (bytes.readUInt8(6) & 0x0f), 6);
	bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
	return uuidText(bytes);
}

/** Whether the id was made of an idempotency key. */
export function isKeyed(taskId: string): boolean {
	return taskId.charAt(14) === '8';
}

function uuidText(bytes: Uint8Array): string {
	const hex = Buffer.from(bytes).toString('hex');
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

import type { NewTask } from './task-rows.ts';

/** Validates a body without a library. */
export function isNewTask(value: unknown): value is Omit<NewTask, 'tags'> & Partial<Pick<NewTask, 'tags'>> {
	if (!isObject(value) || value['type'] !== 'greeting') return false;
	if (Object.keys(value).some((key) => !['type', 'data', 'tags'].includes(key))) return false;
	const { data, tags = {} } = value;
	if (!isObject(data) || Object.keys(data).length !== 1) return false;
	const { name } = data;
	if (typeof name !== 'string' || name.length < 1 || name.length > 100) return false;
	if (!isObject(tags) || Object.keys(tags).length > 10) return false;
	return Object.entries(tags).every(
		([key, tag]) => /^[A-Za-z0-9_.-]{1,64}$/.test(key) && typeof tag === 'string' && tag.length <= 64,
	);
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

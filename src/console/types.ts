import { computed, signal } from '@preact/signals';
import type { TaskType } from '../client/index.ts';
import { api, messageOf } from './api.ts';

/** The task types of the API; empty until they are loaded. */
export const taskTypes = signal<readonly TaskType[]>([]);

/** Why the types could not be loaded. */
export const taskTypesError = signal<string | undefined>(undefined);

/** The task types by name. */
export const taskTypeByName = computed(
	() => new Map<string, TaskType>(taskTypes.value.map((type) => [type.type, type])),
);

/** Loads the task types, once per session. */
export async function loadTaskTypes(): Promise<void> {
	try {
		taskTypes.value = await api.types();
		taskTypesError.value = undefined;
	} catch (error) {
		taskTypesError.value = messageOf(error);
	}
}

import { z } from 'zod';

export const NewTaskSchema = z.strictObject({
	type: z.literal('greeting'),
	data: z.strictObject({ name: z.string().min(1).max(100) }),
	tags: z
		.record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), z.string().max(64))
		.refine((tags) => Object.keys(tags).length <= 10)
		.default({}),
});

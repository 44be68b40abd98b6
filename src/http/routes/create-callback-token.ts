import * as Type from 'typebox';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of `POST /v1/callback-tokens`. */
export interface CreateCallbackTokenRoute {
	readonly createCallbackToken: (principal: string) => Promise<string>;
}

const CallbackToken = Type.Object(
	{
		token: Type.String({
			description: 'The bearer token for `/v1/callbacks`. It does not expire.',
			examples: ['YWRh.6b0Cw6P9kXn0a0M2cE1iVq5r8Zt3uY7oJ4hL1sD9fGk'],
		}),
		principal: Type.String({
			description: 'The principal whose callbacks the token answers: the caller.',
			examples: ['ada'],
		}),
	},
	{ title: 'CallbackToken', additionalProperties: false },
);

/** Registers `POST /v1/callback-tokens`. */
export function registerCreateCallbackToken(
	app: App,
	{ createCallbackToken }: CreateCallbackTokenRoute,
): void {
	app.route({
		method: 'POST',
		url: '/v1/callback-tokens',
		config: { access: 'tasks:write', optionalBody: true },
		schema: {
			operationId: 'createCallbackToken',
			summary: 'Create a callback token',
			description:
				'Creates the credential with which a person or a system answers the callbacks of the caller’s tasks. It permits nothing else. It stays valid until its master key is removed by two rotations.',
			tags: ['callbacks'],
			response: {
				201: {
					description: 'The token. It is not stored and not shown again.',
					content: { 'application/json': { schema: CallbackToken } },
				},
				...problemResponses('unauthorized', 'forbidden'),
			},
		},
		async handler({ principal }, reply) {
			const token = await createCallbackToken(principal);
			return reply.code(201).send({ token, principal });
		},
	});
}

import type { Static, TSchema } from 'typebox';
import type { CallPartner } from './partner-client.ts';

/** What was agreed on with a partner for one operation: where to post, what, and what comes back. */
export interface PartnerContract<Request extends TSchema, Answer extends TSchema> {
	readonly path: string;
	readonly request: Request;
	readonly answer: Answer;
}

/** One operation of a partner, as a step calls it. `idempotencyKey` is the same for each attempt. */
export type CallOperation<Contract extends PartnerContract<TSchema, TSchema>> = (
	request: Static<Contract['request']>,
	idempotencyKey: string,
) => Promise<Static<Contract['answer']>>;

/** The operation by its contract. Throws `PartnerError`. */
export function operationOf<Request extends TSchema, Answer extends TSchema>(
	call: CallPartner,
	{ path, answer }: PartnerContract<Request, Answer>,
): (request: Static<Request> & object, idempotencyKey: string) => Promise<Static<Answer>> {
	return (body, idempotencyKey) => call({ path, body, answer, idempotencyKey });
}

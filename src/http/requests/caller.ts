import * as Type from 'typebox';
import * as Value from 'typebox/value';
import { type Caller, SCOPES } from '../plugins/principal.ts';

/** The verified claims in an HTTP API's event. */
const Authorized = Type.Object({
	requestContext: Type.Object({
		authorizer: Type.Object({
			jwt: Type.Object({
				claims: Type.Object({ sub: Type.String({ minLength: 1 }), scope: Type.Optional(Type.String()) }),
			}),
		}),
	}),
});

/** Who calls where the stage has no authorizer: everybody is the same principal. */
const ANONYMOUS_CALLER: Caller = { principal: 'local', scopes: SCOPES };

/** The caller by the claims that the gateway's authorizer verified; nothing that a client sends can put them there. */
export function callerOfEvent(auth: 'jwt' | 'none', event: unknown): Caller | undefined {
	if (auth === 'none') return ANONYMOUS_CALLER;
	if (!Value.Check(Authorized, event)) return undefined;
	const { sub, scope = '' } = event.requestContext.authorizer.jwt.claims;
	return { principal: sub, scopes: scope.split(' ') };
}

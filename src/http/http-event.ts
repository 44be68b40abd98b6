import * as Type from 'typebox';

/** What is read of an HTTP API's event, payload version 2.0. */
export const HttpEvent = Type.Object(
	{
		rawPath: Type.String(),
		rawQueryString: Type.String(),
		headers: Type.Record(Type.String(), Type.String()),
		cookies: Type.Optional(Type.Array(Type.String())),
		body: Type.Optional(Type.String()),
		isBase64Encoded: Type.Boolean(),
		requestContext: Type.Object({ http: Type.Object({ method: Type.String() }) }),
	},
	{ $id: 'http-event' },
);

export type HttpEvent = Type.Static<typeof HttpEvent>;

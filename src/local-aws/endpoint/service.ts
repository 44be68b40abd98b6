import type { IncomingMessage, ServerResponse } from 'node:http';

/** An error of a service; SDK clients see its code as the name of the exception. */
export class AwsError extends Error {
	readonly code: string;
	readonly statusCode: number;

	constructor(code: string, message: string, statusCode = 400) {
		super(message);
		this.name = code;
		this.code = code;
		this.statusCode = statusCode;
	}
}

/** One operation of a JSON service, which parses its own input. @throws {@link AwsError} */
export type Operation = (input: unknown) => unknown;

/** A service that speaks AWS JSON 1.0 or 1.1 (`X-Amz-Target: <prefix>.<Operation>`). */
export interface JsonService {
	/** The service's name in the SigV4 credential scope. */
	readonly signingName: string;
	readonly jsonVersion: '1.0' | '1.1';
	readonly operations: Readonly<Record<string, Operation>>;
}

/** A service that handles the HTTP request itself: REST, Query, or an emulator with its own server. */
export interface HttpService {
	readonly signingName: string;
	handle(request: IncomingMessage, response: ServerResponse): void;
}

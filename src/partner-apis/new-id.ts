import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** The id of what a request makes: the same for each repetition of it. */
export function newId(kind: string, { headers, body }: Pick<FastifyRequest, 'headers' | 'body'>): string {
	const key = headers['idempotency-key'] ?? JSON.stringify(body);
	return `${kind}-${createHash('sha256').update(String(key)).digest('hex').slice(0, 12).toUpperCase()}`;
}

import type { FastifyReply } from 'fastify';

/** Says that the answer depends on this request header, besides those already told. */
export function addVary(reply: FastifyReply, header: string): void {
	const before = reply.getHeader('vary');
	reply.header('vary', before === undefined ? header : `${String(before)}, ${header}`);
}

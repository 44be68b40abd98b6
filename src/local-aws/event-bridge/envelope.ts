import type { Clock } from '../clock.ts';
import type { Json } from './json.ts';

/** An event as EventBridge hands it on. */
export interface Envelope {
	readonly [member: string]: Json;
	readonly version: '0';
	readonly id: string;
	readonly 'detail-type': string;
	readonly source: string;
	readonly account: string;
	/** ISO 8601, to the second. */
	readonly time: string;
	readonly region: string;
	readonly resources: readonly string[];
	readonly detail: Json;
}

/** What of an envelope its sender decides; without a time it is now. */
interface EnvelopeContent {
	readonly source: string;
	readonly 'detail-type': string;
	readonly detail: Json;
	readonly resources: readonly string[];
	/** Epoch milliseconds. */
	readonly atMs?: number;
}

/** Puts what a sender says into an envelope of its own. */
export type MakeEnvelope = (content: EnvelopeContent) => Envelope;

/** Whose events they are, and what marks them. */
export interface EnvelopeOptions {
	readonly clock: Pick<Clock, 'now'>;
	readonly newId: () => string;
	readonly region: string;
	readonly accountId: string;
}

/** Makes the envelopes of one account's events in one region. */
export function createEnvelopeMaker({ clock, newId, region, accountId }: EnvelopeOptions): MakeEnvelope {
	return ({ source, detail, resources, atMs = clock.now(), ...content }) => ({
		version: '0',
		id: newId(),
		'detail-type': content['detail-type'],
		source,
		account: accountId,
		time: new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
		region,
		resources,
		detail,
	});
}

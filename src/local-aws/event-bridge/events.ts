import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import { isObject, type Json, type JsonObject, parseJsonText } from '../json.ts';
import { parsePatternText } from './pattern.ts';
import { isDefaultBus } from './rules.ts';

/** The members of an event that its source decides. */
interface EventContent {
	readonly source: string;
	readonly detailType: string;
	readonly detail: Json;
	readonly resources: string[];
	/** Epoch milliseconds; the default is now. */
	readonly atMs?: number;
}

/** An event of EventBridge. */
export interface Envelope extends JsonObject {
	readonly id: string;
}

/** Creates a complete event. */
export type CreateEnvelope = (content: EventContent) => Envelope;

/** The dependencies and constant members of events. */
export interface EnvelopeOptions {
	readonly clock: Pick<Clock, 'now'>;
	readonly newId: () => string;
	readonly region: string;
	readonly accountId: string;
}

/** Returns the factory of events for one account and region. */
export function envelopeFactory({ clock, newId, region, accountId }: EnvelopeOptions): CreateEnvelope {
	return ({ source, detailType, detail, resources, atMs = clock.now() }) => ({
		version: '0',
		id: newId(),
		'detail-type': detailType,
		source,
		account: accountId,
		// EventBridge times have no fraction of a second.
		time: new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
		region,
		resources,
		detail,
	});
}

const Entry = Type.Object({
	Source: Type.Optional(Type.String()),
	DetailType: Type.Optional(Type.String()),
	Detail: Type.Optional(Type.String()),
	Resources: Type.Optional(Type.Array(Type.String())),
	/** Epoch seconds. */
	Time: Type.Optional(Type.Number()),
	EventBusName: Type.Optional(Type.String()),
});
type Entry = Type.Static<typeof Entry>;

const PutEventsInput = Type.Object({ Entries: Type.Array(Entry, { minItems: 1, maxItems: 10 }) });
const TestEventPatternInput = Type.Object({ EventPattern: Type.String(), Event: Type.String() });

/** The members that TestEventPattern requires. */
const TestedEvent = Type.Object({
	id: Type.String(),
	account: Type.String(),
	source: Type.String(),
	time: Type.String(),
	region: Type.String(),
	resources: Type.Array(Type.Unknown()),
	'detail-type': Type.String(),
});

/** Quota of PutEvents for all entries of a request (1 MB since January 2026). */
const MAX_ENTRIES_BYTES = 1024 * 1024;
/** EventBridge counts every Time as 14 bytes. */
const TIME_BYTES = 14;

/** Creates the operations on events; `accept` starts the delivery of an event without waiting for it. */
export function createEventOperations(createEnvelope: CreateEnvelope, accept: (event: Envelope) => void) {
	const put = (entry: Entry) => {
		const outcome = readEntry(entry, createEnvelope);
		if (outcome.kind === 'failed') return { ErrorCode: outcome.code, ErrorMessage: outcome.message };
		accept(outcome.event);
		return { EventId: outcome.event.id };
	};
	return {
		PutEvents(input) {
			const { Entries } = parseInput(PutEventsInput, input);
			if (Entries.reduce((bytes, entry) => bytes + entryBytes(entry), 0) > MAX_ENTRIES_BYTES) {
				throw new AwsError(
					'ValidationException',
					'Total size of the entries in the request is over the limit.',
				);
			}
			const outcomes = Entries.map(put);
			return {
				FailedEntryCount: outcomes.filter((outcome) => 'ErrorCode' in outcome).length,
				Entries: outcomes,
			};
		},
		TestEventPattern(input) {
			const { EventPattern, Event } = parseInput(TestEventPatternInput, input);
			const event = parseJsonText(Event);
			if (event === undefined) {
				throw new AwsError('ValidationException', 'Parameter Event is not valid: not JSON.');
			}
			parseInput(TestedEvent, event);
			return { Result: parsePatternText(EventPattern)(event) };
		},
	} as const satisfies Readonly<Record<string, Operation>>;
}

type EntryOutcome =
	| { readonly kind: 'event'; readonly event: Envelope }
	| { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** An invalid entry does not fail the other entries of a request. */
function readEntry(entry: Entry, createEnvelope: CreateEnvelope): EntryOutcome {
	const { Source, DetailType, Detail, Resources = [], Time, EventBusName } = entry;
	if (!Source) return missingMember('Source');
	if (!DetailType) return missingMember('DetailType');
	if (!Detail) return missingMember('Detail');
	if (Source.startsWith('aws.')) {
		return failed('NotAuthorizedForSourceException', 'Not authorized for the source.');
	}
	// AWS accepts and drops such an entry. An error shows the mistake.
	if (!isDefaultBus(EventBusName)) {
		return failed('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`);
	}
	const detail = parseJsonText(Detail);
	if (!isObject(detail)) return failed('MalformedDetail', 'Detail is malformed.');
	const event = createEnvelope({
		source: Source,
		detailType: DetailType,
		detail,
		resources: Resources,
		...(Time === undefined ? {} : { atMs: Time * 1000 }),
	});
	return { kind: 'event', event };
}

function missingMember(member: string): EntryOutcome {
	return failed(
		'InvalidArgument',
		`Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
	);
}

function failed(code: string, message: string): EntryOutcome {
	return { kind: 'failed', code, message };
}

function entryBytes({ Source = '', DetailType = '', Detail = '', Resources = [], Time }: Entry): number {
	const texts = [Source, DetailType, Detail, ...Resources];
	const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
	return bytes + (Time === undefined ? 0 : TIME_BYTES);
}

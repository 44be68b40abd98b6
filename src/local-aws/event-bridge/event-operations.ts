import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import type { Envelope, MakeEnvelope } from './envelope.ts';
import { isJsonObject, parseJsonText } from './json.ts';
import { parsePatternText } from './rule-operations.ts';
import { isDefaultBus } from './rules.ts';

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

/** What TestEventPattern wants of an event. */
const TestedEvent = Type.Object({
	id: Type.String(),
	account: Type.String(),
	source: Type.String(),
	time: Type.String(),
	region: Type.String(),
	resources: Type.Array(Type.Unknown()),
	'detail-type': Type.String(),
});

/** AWS's limit on the entries of one request together: 1 MB since January 2026. */
const LARGEST_ENTRIES_BYTES = 1024 * 1024;
/** What AWS counts for a Time, however it is written. */
const TIME_BYTES = 14;

/** The operations on events; `accept` takes one over and does not make the caller wait for its delivery. */
export function createEventOperations(makeEnvelope: MakeEnvelope, accept: (event: Envelope) => void) {
	const put = (entry: Entry) => {
		const outcome = readEntry(entry, makeEnvelope);
		if ('ErrorCode' in outcome) return outcome;
		accept(outcome);
		return { EventId: outcome.id };
	};
	return {
		PutEvents(input) {
			const { Entries } = parseInput(PutEventsInput, input);
			if (Entries.reduce((bytes, entry) => bytes + sizeOf(entry), 0) > LARGEST_ENTRIES_BYTES) {
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

/** The event that an entry asks for, or, in AWS's words, why there is none: one bad entry does not fail the others. */
function readEntry(entry: Entry, makeEnvelope: MakeEnvelope) {
	const { Source, DetailType, Detail, Resources = [], Time, EventBusName } = entry;
	if (!Source) return missing('Source');
	if (!DetailType) return missing('DetailType');
	if (!Detail) return missing('Detail');
	if (Source.startsWith('aws.')) {
		return failed('NotAuthorizedForSourceException', 'Not authorized for the source.');
	}
	// AWS takes such an entry and drops it, which helps nobody who looks for a mistake.
	if (!isDefaultBus(EventBusName)) {
		return failed('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`);
	}
	const detail = parseJsonText(Detail);
	if (!isJsonObject(detail)) return failed('MalformedDetail', 'Detail is malformed.');
	return makeEnvelope({
		source: Source,
		'detail-type': DetailType,
		detail,
		resources: Resources,
		...(Time === undefined ? {} : { atMs: Time * 1000 }),
	});
}

function missing(member: string) {
	return failed(
		'InvalidArgument',
		`Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
	);
}

function failed(code: string, message: string) {
	return { ErrorCode: code, ErrorMessage: message };
}

function sizeOf({ Source = '', DetailType = '', Detail = '', Resources = [], Time }: Entry): number {
	const texts = [Source, DetailType, Detail, ...Resources];
	const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
	return bytes + (Time === undefined ? 0 : TIME_BYTES);
}

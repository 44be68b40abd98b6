import { createHash } from 'node:crypto';
import * as Type from 'typebox';
import * as Value from 'typebox/value';
import { loadFauxqs, type Stores } from './fauxqs-stores.ts';

type SqsStore = Stores['sqsStore'];
type Queue = NonNullable<ReturnType<SqsStore['getQueue']>>;
type StoredMessage = Parameters<Queue['enqueue']>[0];

const BatchInput = Type.Object({
	Entries: Type.Array(Type.Object({ Id: Type.String(), MessageBody: Type.String() })),
});

/** Output of SendMessage, as far as this module changes it. */
export interface SendMessageOutput {
	readonly MessageId: string;
	readonly MD5OfMessageBody: string;
}

/** Output of SendMessageBatch, as far as this module changes it. */
interface BatchOutput {
	readonly Successful?: readonly ({ readonly Id: string } & SendMessageOutput)[];
}

/** The part of a store that fauxqs's send actions use. */
type Queues = Pick<SqsStore, 'getQueue'>;

/** The send operations of SQS. */
export interface SendActions {
	/** @throws fauxqs's `SqsError`. */
	sendMessage(input: object): SendMessageOutput;
	/** @throws fauxqs's `SqsError`. */
	sendMessageBatch(input: object): object;
}

/** Characters above U+FFFF: SQS allows them, but fauxqs 2.4.1 tests UTF-16 units (its expression lacks the `u` flag). */
const ABOVE_BMP = /[\u{10000}-\u{10FFFF}]/gu;

/**
 * fauxqs's send actions for all of Unicode. fauxqs checks the body with a substitute for each character above U+FFFF;
 * the queue then stores the original. The substitute has the same length in UTF-8 (4 bytes), so size limits still hold.
 */
export async function createSendActions(store: SqsStore): Promise<SendActions> {
	const { sendMessage }: { sendMessage: (input: object, queues: Queues) => SendMessageOutput } =
		await loadFauxqs('sqs/actions/sendMessage.js');
	const { sendMessageBatch }: { sendMessageBatch: (input: unknown, queues: Queues) => BatchOutput } =
		await loadFauxqs('sqs/actions/sendMessageBatch.js');
	return {
		sendMessage(input) {
			const MessageBody: unknown = Object(input).MessageBody;
			if (typeof MessageBody !== 'string') return sendMessage(input, store);
			const { bodies, originals } = substitute([MessageBody]);
			if (originals.size === 0) return sendMessage(input, store);
			const output = sendMessage({ ...input, MessageBody: bodies[0] }, restoring(store, originals));
			return { ...output, MD5OfMessageBody: md5(MessageBody) };
		},
		sendMessageBatch(input) {
			if (!Value.Check(BatchInput, input)) return sendMessageBatch(input, store);
			const { bodies, originals } = substitute(input.Entries.map(({ MessageBody }) => MessageBody));
			if (originals.size === 0) return sendMessageBatch(input, store);
			const Entries = input.Entries.map((entry, index) => ({ ...entry, MessageBody: bodies[index] }));
			const output = sendMessageBatch({ ...input, Entries }, restoring(store, originals));
			const bodyOf = new Map(input.Entries.map(({ Id, MessageBody }) => [Id, MessageBody]));
			return {
				...output,
				Successful: output.Successful?.map((sent) => ({
					...sent,
					MD5OfMessageBody: md5(bodyOf.get(sent.Id) ?? ''),
				})),
			};
		},
	};
}

/** Private-use characters (3 bytes in UTF-8): one that occurs in no body marks each substituted body. */
const FIRST_PRIVATE_USE = 0xe000;
const PRIVATE_USE_COUNT = 6400;

/** Returns the bodies without characters above U+FFFF, and the original of each substituted body. */
function substitute(bodies: readonly string[]): {
	readonly bodies: readonly string[];
	readonly originals: ReadonlyMap<string, string>;
} {
	const originals = new Map<string, string>();
	const used = bodies.join('');
	const markers = Iterator.from(Array(PRIVATE_USE_COUNT).keys())
		.map((index) => String.fromCharCode(FIRST_PRIVATE_USE + index))
		.filter((marker) => !used.includes(marker));
	const substituted = bodies.map((body) => {
		if (body.search(ABOVE_BMP) === -1) return body;
		const substitution = body.replaceAll(ABOVE_BMP, `${markers.next().value ?? '\uFFFD'}.`);
		originals.set(substitution, body);
		return substitution;
	});
	return { bodies: substituted, originals };
}

/** The store, with queues that put the original body in place of its substitute. */
function restoring(store: SqsStore, originals: ReadonlyMap<string, string>): Queues {
	return {
		getQueue(url) {
			const queue = store.getQueue(url);
			if (queue === undefined) return undefined;
			const enqueue = (message: StoredMessage) => {
				const body = originals.get(message.body) ?? message.body;
				queue.enqueue({ ...message, body, md5OfBody: md5(body) });
			};
			return new Proxy(queue, {
				get(target, name) {
					if (name === 'enqueue') return enqueue;
					const member: unknown = Reflect.get(target, name);
					return typeof member === 'function' ? member.bind(target) : member;
				},
			});
		},
	};
}

function md5(text: string): string {
	return createHash('md5').update(text).digest('hex');
}

import { createHash } from 'node:crypto';
import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError } from '../endpoint/service.ts';
import { parseValue } from '../parse.ts';

/** Calls a single-item operation of the database. @throws {@link AwsError} if it refuses. */
export type CallDynamoDb = (operation: string, input: object) => Promise<unknown>;

const Attributes = Type.Record(Type.String(), Type.Unknown());
const Item = Type.Object({ TableName: Type.String(), Item: Attributes });
const Keyed = Type.Object({
	TableName: Type.String(),
	Key: Attributes,
	ReturnValuesOnConditionCheckFailure: Type.Optional(Type.String()),
});
const Action = Type.Object({
	Put: Type.Optional(Item),
	Update: Type.Optional(Keyed),
	Delete: Type.Optional(Keyed),
	ConditionCheck: Type.Optional(Keyed),
});
const TransactWriteItems = Type.Object({
	TransactItems: Type.Array(Action, { minItems: 1, maxItems: 100 }),
	ClientRequestToken: Type.Optional(Type.String({ minLength: 1, maxLength: 36 })),
});
const TransactGetItems = Type.Object({
	TransactItems: Type.Array(Type.Object({ Get: Keyed }), { minItems: 1, maxItems: 100 }),
});
const Description = Type.Object({
	Table: Type.Object({ KeySchema: Type.Array(Type.Object({ AttributeName: Type.String() })) }),
});
const Output = Type.Object({ Attributes: Type.Optional(Attributes), Item: Type.Optional(Attributes) });

/** How long DynamoDB recognises the token of a transaction. */
const TOKEN_LIFETIME_MS = 10 * 60 * 1000;

/** Why DynamoDB cancelled a transaction, for one of its items. */
interface CancellationReason {
	readonly Code: string;
	readonly Message?: string;
	readonly Item?: unknown;
}

/** A cancelled transaction, with one reason per item. */
export class TransactionCanceledError extends AwsError {
	readonly reasons: readonly CancellationReason[];

	constructor(reasons: readonly CancellationReason[]) {
		const codes = reasons.map(({ Code }) => Code).join(', ');
		super(
			'TransactionCanceledException',
			`Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
		);
		this.reasons = reasons;
	}
}

/** One write of a transaction as a single-item operation. */
interface Write {
	readonly operation: 'PutItem' | 'UpdateItem' | 'DeleteItem';
	readonly input: { readonly TableName: string; readonly ReturnValuesOnConditionCheckFailure?: unknown };
	readonly key: Readonly<Record<string, unknown>>;
	readonly isCheck: boolean;
}

/**
 * Transactions over single-item operations. The caller makes sure that nothing else reads or writes meanwhile, so that
 * writes can be undone if a later condition fails. `now` returns epoch milliseconds.
 */
export function createTransactions(call: CallDynamoDb, now: () => number) {
	const tokens = new Map<string, { readonly digest: string; readonly expiresAtMs: number }>();

	/** Returns whether this very request has already been applied. */
	const isRepeated = (token: string | undefined, digest: string): boolean => {
		for (const [known, { expiresAtMs }] of tokens) if (expiresAtMs <= now()) tokens.delete(known);
		const earlier = token === undefined ? undefined : tokens.get(token);
		if (earlier === undefined) return false;
		if (earlier.digest === digest) return true;
		throw new AwsError(
			'IdempotentParameterMismatchException',
			'The ClientRequestToken was used before with other parameters.',
		);
	};

	return {
		/** @throws {@link AwsError} */
		async TransactWriteItems(input: unknown): Promise<object> {
			const { TransactItems, ClientRequestToken: token } = parseInput(TransactWriteItems, input);
			const digest = createHash('sha256').update(JSON.stringify(TransactItems)).digest('hex');
			if (isRepeated(token, digest)) return {};
			const writes = await Promise.all(TransactItems.map((action) => writeOf(call, action)));
			rejectRepeatedItems(writes);
			await applyAll(call, writes);
			if (token !== undefined) tokens.set(token, { digest, expiresAtMs: now() + TOKEN_LIFETIME_MS });
			return {};
		},
		/** @throws {@link AwsError} */
		async TransactGetItems(input: unknown): Promise<object> {
			const { TransactItems } = parseInput(TransactGetItems, input);
			const Responses = [];
			for (const { Get } of TransactItems) {
				const output = await call('GetItem', { ...Get, ConsistentRead: true });
				const { Item: found } = parseValue(Output, output, 'GetItem');
				Responses.push(found === undefined ? {} : { Item: found });
			}
			return { Responses };
		},
	};
}

async function writeOf(
	call: CallDynamoDb,
	{ Put, Update, Delete, ConditionCheck }: Type.Static<typeof Action>,
): Promise<Write> {
	const given = [Put, Update, Delete, ConditionCheck].filter((each) => each !== undefined);
	if (given.length !== 1)
		throw new AwsError(
			'ValidationException',
			'TransactItems can only contain one of Check, Put, Update or Delete',
		);
	if (Put !== undefined) {
		const { Table } = parseValue(
			Description,
			await call('DescribeTable', { TableName: Put.TableName }),
			'DescribeTable',
		);
		const key = Table.KeySchema.map(({ AttributeName: name }) => [name, Put.Item[name]] as const);
		return { operation: 'PutItem', input: Put, key: Object.fromEntries(key), isCheck: false };
	}
	if (Delete !== undefined)
		return { operation: 'DeleteItem', input: Delete, key: Delete.Key, isCheck: false };
	const keyed = Update ?? ConditionCheck;
	if (keyed === undefined) throw new AwsError('ValidationException', 'An item of the transaction is empty');
	// An update without an expression only checks the condition, except that it creates a missing item.
	return { operation: 'UpdateItem', input: keyed, key: keyed.Key, isCheck: Update === undefined };
}

function rejectRepeatedItems(writes: readonly Write[]): void {
	const names = writes.map(
		({ input, key }) =>
			`${input.TableName} ${JSON.stringify(Object.entries(key).toSorted(([a], [b]) => a.localeCompare(b)))}`,
	);
	if (new Set(names).size === names.length) return;
	throw new AwsError(
		'ValidationException',
		'Transaction request cannot include multiple operations on one item',
	);
}

/** Applies the writes, or undoes all of them and throws. */
async function applyAll(call: CallDynamoDb, writes: readonly Write[]): Promise<void> {
	const undo: (() => Promise<unknown>)[] = [];
	const reasons: CancellationReason[] = [];
	const undoAll = async () => {
		for (const step of undo.toReversed()) await step();
	};
	for (const { operation, input, key, isCheck } of writes) {
		const { TableName } = input;
		try {
			const output = await call(operation, { ...input, ReturnValues: 'ALL_OLD' });
			const { Attributes: before } = parseValue(Output, output, operation);
			const restore = () =>
				before === undefined
					? call('DeleteItem', { TableName, Key: key })
					: call('PutItem', { TableName, Item: before });
			if (isCheck) await restore();
			else undo.push(restore);
			reasons.push({ Code: 'None' });
		} catch (error) {
			if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') {
				await undoAll();
				throw error;
			}
			const { Item: found } = parseValue(
				Output,
				await call('GetItem', { TableName, Key: key, ConsistentRead: true }),
				'GetItem',
			);
			const isReturned = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && found !== undefined;
			reasons.push({
				Code: 'ConditionalCheckFailed',
				Message: 'The conditional request failed',
				...(isReturned ? { Item: found } : {}),
			});
		}
	}
	if (reasons.every(({ Code }) => Code === 'None')) return;
	await undoAll();
	throw new TransactionCanceledError(reasons);
}

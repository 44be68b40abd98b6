import { type Test, test } from 'tap';
import * as Value from 'typebox/value';
import { PartnerError, type PartnerErrorName } from '../../src/partners/partner-error.ts';
import { createStepsHandler, StepError } from '../../src/workflows/define-step.ts';
import { OrderInput } from '../../src/workflows/order/input.ts';
import type { Inventory } from '../../src/workflows/order/inventory.ts';
import { OrderResult } from '../../src/workflows/order/result.ts';
import { createBackorderItem } from '../../src/workflows/order/steps/backorder-item.ts';
import { createProcessOrder } from '../../src/workflows/order/steps/process-order.ts';
import { createShipOrder } from '../../src/workflows/order/steps/ship-order.ts';
import { EXAMPLE_TASK_ID as TASK_ID } from '../support/example-task.ts';
import { assertGolden } from '../support/golden-history.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { runWorkflow } from '../support/run-workflow.ts';

const ORDER = { order_id: 'A-1', items: [{ sku: 'MUG-1', quantity: 2 }] };

interface Scene {
	readonly inventory?: Partial<Inventory>;
	readonly publish?: (input: object) => Promise<{ MessageId: string }>;
}

/** Carries out an order; `asked` is what the inventory was asked, `told` what the topic got. */
async function carryOut(t: Test, { inventory = {}, publish }: Scene = {}) {
	const asked: [what: string, request: unknown, idempotencyKey: string][] = [];
	const told: object[] = [];
	const ports: Inventory = {
		reserve: async () => ({ in_stock: true, missing: [] }),
		ship: async () => ({ tracking_id: 'TRK-1' }),
		backorder: async () => ({ backorder_id: 'BCK-1' }),
		...inventory,
	};
	const recorded: Inventory = {
		reserve: (order, call) => {
			asked.push(['reserve', order, call.idempotencyKey]);
			return ports.reserve(order, call);
		},
		ship: (order, call) => {
			asked.push(['ship', order, call.idempotencyKey]);
			return ports.ship(order, call);
		},
		backorder: (order, call) => {
			asked.push(['backorder', order, call.idempotencyKey]);
			return ports.backorder(order, call);
		},
	};
	const handler = createStepsHandler(
		{
			ProcessOrder: createProcessOrder(recorded),
			ShipOrder: createShipOrder(recorded),
			BackorderItem: createBackorderItem(recorded),
		},
		createRecordingLog().log,
	);
	const run = await runWorkflow(t, 'order', ORDER, handler, {
		services: {
			'sns:publish': async (input) => {
				told.push(Object(input));
				return publish === undefined ? { MessageId: '1' } : publish(Object(input));
			},
		},
	});
	return { ...run, asked, told };
}

const failing = (name: PartnerErrorName) => async () => {
	throw new PartnerError(name, `The inventory API ${name}.`);
};

test('an order that is in stock is shipped', async (t) => {
	const { status, output, events, asked, told } = await carryOut(t);
	t.equal(status, 'SUCCEEDED');
	t.strictSame(output, { order_id: 'A-1', outcome: 'shipped', tracking_id: 'TRK-1' });
	t.strictSame(asked, [
		['reserve', ORDER, `${TASK_ID}-ProcessOrder`],
		['ship', { order_id: 'A-1' }, `${TASK_ID}-ShipOrder`],
	]);
	t.strictSame(told, [
		{
			TopicArn: '${NotificationTopicArn}',
			Message: {
				task_id: TASK_ID,
				type: 'order',
				outcome: 'shipped',
				text: 'Order A-1 is on its way: TRK-1',
			},
		},
	]);
	assertGolden(t, 'order-shipped', events);
});

test('an order that is not in stock is backordered', async (t) => {
	for (const missing of [['OUT-1'], ['OUT-1', 'OUT-2']]) {
		const { status, output, events, asked, told } = await carryOut(t, {
			inventory: { reserve: async () => ({ in_stock: false, missing }) },
		});
		t.equal(status, 'SUCCEEDED');
		t.strictSame(output, { order_id: 'A-1', outcome: 'backordered', missing });
		t.ok(Value.Check(OrderResult, output));
		t.strictSame(asked[1], ['backorder', { order_id: 'A-1', skus: missing }, `${TASK_ID}-BackorderItem`]);
		t.match(told, [
			{ Message: { outcome: 'backordered', text: `Order A-1 waits for ${missing.join(', ')}` } },
		]);
		assertGolden(t, 'order-backordered', events);
	}
});

test('an inventory that comes back is asked again, under the same key', async (t) => {
	let refusals = 2;
	const { status, events, asked } = await carryOut(t, {
		inventory: {
			reserve: async () => {
				if (refusals-- > 0) return failing('PartnerUnavailable')();
				return { in_stock: true, missing: [] };
			},
		},
	});
	t.equal(status, 'SUCCEEDED');
	t.equal(new Set(asked.filter(([what]) => what === 'reserve').map(([, , key]) => key)).size, 1);
	assertGolden(t, 'order-shipped-after-retries', events);
});

test('what the inventory does to an order fails it under its own name', async (t) => {
	const attempts = {
		PartnerUnauthorized: 1,
		PartnerUnavailable: 5,
		PartnerRejected: 1,
		PartnerAnswerInvalid: 1,
	} satisfies Record<PartnerErrorName, number>;
	for (const name of [
		'PartnerUnauthorized',
		'PartnerUnavailable',
		'PartnerRejected',
		'PartnerAnswerInvalid',
	] as const) {
		const run = await carryOut(t, { inventory: { reserve: failing(name) } });
		t.match(run, { status: 'FAILED', error: name, cause: `The inventory API ${name}.` });
		t.equal(run.asked.length, attempts[name], `${name}: attempts`);
		t.strictSame(run.told, []);
		assertGolden(t, `order-${kebabCase(name)}`, run.events);
	}
});

test('a shipment and a backorder can fail as a reservation can', async (t) => {
	const shipment = await carryOut(t, { inventory: { ship: failing('PartnerRejected') } });
	t.match(shipment, { status: 'FAILED', error: 'PartnerRejected', told: [] });
	assertGolden(t, 'order-shipment-rejected', shipment.events);

	const backorder = await carryOut(t, {
		inventory: {
			reserve: async () => ({ in_stock: false, missing: ['OUT-1'] }),
			backorder: failing('PartnerRejected'),
		},
	});
	t.match(backorder, { status: 'FAILED', error: 'PartnerRejected', told: [] });
	assertGolden(t, 'order-backorder-rejected', backorder.events);
});

test('what nobody foresaw fails the order without a word of it', async (t) => {
	const run = await carryOut(t, {
		inventory: {
			reserve: async () => {
				throw new TypeError('x of undefined at arn:aws:secret');
			},
		},
	});
	t.match(run, { status: 'FAILED', error: 'OrderFailed', cause: 'The order could not be carried out.' });
	assertGolden(t, 'order-failed', run.events);
});

test('a customer who cannot be told', async (t) => {
	let refusals = 1;
	const later = await carryOut(t, {
		publish: async () => {
			if (refusals-- > 0) throw new StepError('SNS.SnsException', 'busy');
			return { MessageId: '1' };
		},
	});
	t.match(later, { status: 'SUCCEEDED', told: { length: 2 } }, 'is told later');

	const never = await carryOut(t, {
		publish: async () => {
			throw new StepError('SNS.AuthorizationErrorException', 'no sns:Publish on arn:aws:sns');
		},
	});
	t.match(never, {
		status: 'FAILED',
		error: 'NotificationFailed',
		cause: 'The order was carried out, but the customer could not be told.',
		told: { length: 5 },
	});
	assertGolden(t, 'order-notification-failed', never.events);
});

test('the schemas take what the contract says, and nothing else', async (t) => {
	const items = (count: number) => Array.from({ length: count }, () => ({ sku: 'a', quantity: 1 }));
	t.ok(Value.Check(OrderInput, { order_id: '1', items: items(100) }));
	const refused = [
		{ order_id: '1', items: items(101) },
		{ order_id: '1', items: [] },
		{ order_id: '', items: items(1) },
		{ order_id: '1', items: items(1), note: '' },
		{ order_id: '1', items: [{ sku: 'a', quantity: 0 }] },
		{ order_id: '1', items: [{ sku: 'a', quantity: 1.5 }] },
		{ order_id: '1', items: [{ sku: 'a', quantity: 1, note: '' }] },
		{ order_id: '1', items: [{ sku: '', quantity: 1 }] },
	];
	t.strictSame(
		refused.filter((data) => Value.Check(OrderInput, data)),
		[],
	);
	t.notOk(Value.Check(OrderResult, { order_id: '1', outcome: 'shipped' }));
	t.notOk(Value.Check(OrderResult, { order_id: '1', outcome: 'shipped', tracking_id: 't', missing: [] }));
});

function kebabCase(name: string): string {
	return name.replaceAll(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

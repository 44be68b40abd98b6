import { test } from 'tap';
import type { Static } from 'typebox';
import * as Value from 'typebox/value';
import type { Inventory } from '../../src/partners/partner-apis.ts';
import { PartnerError, type PartnerErrorName } from '../../src/partners/partner-client.ts';
import { StepError } from '../../src/workflows/define-steps.ts';
import { steps } from '../../src/workflows/order/steps.ts';
import { OrderInput, OrderResult, workflow } from '../../src/workflows/order/workflow.ts';
import { EXAMPLE_TASK_ID as TASK_ID } from '../support/example-task.ts';
import { assertGolden } from '../support/golden-history.ts';
import { definitionOf } from '../support/released.ts';
import { runWorkflow, type WorkflowRun } from '../support/run-workflow.ts';

const ORDER: Static<typeof OrderInput> = { order_id: 'A-1', items: [{ sku: 'MUG-1', quantity: 2 }] };

interface Scene {
	readonly inventory?: Partial<Inventory>;
	readonly publish?: (input: object) => Promise<{ MessageId: string }>;
	readonly beforeRedrive?: (failed: WorkflowRun) => void;
}

/** Runs an order; `asked` are the calls of the inventory, `published` the messages on the topic. */
async function carryOut({ inventory = {}, publish, beforeRedrive }: Scene = {}) {
	const asked: [what: string, request: unknown, idempotencyKey: string][] = [];
	const published: object[] = [];
	const ports: Inventory = {
		reserve: async () => ({ in_stock: true, missing: [] }),
		ship: async () => ({ tracking_id: 'TRK-1' }),
		backorder: async () => ({ backorder_id: 'BCK-1' }),
		...inventory,
	};
	const dependencies: Inventory = {
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
	const run = await runWorkflow(definitionOf('order'), {
		steps,
		input: ORDER,
		dependencies,
		errors: workflow.errors,
		services: {
			'sns:publish': async (input) => {
				published.push(Object(input));
				return publish === undefined ? { MessageId: '1' } : publish(Object(input));
			},
		},
		...(beforeRedrive === undefined ? {} : { beforeRedrive }),
	});
	return { ...run, asked, published };
}

const failing = (name: PartnerErrorName) => async () => {
	throw new PartnerError(name, `The inventory API ${name}.`);
};

test('an order that is in stock is shipped', async (t) => {
	const { status, output, events, asked, published } = await carryOut();
	t.equal(status, 'SUCCEEDED');
	t.strictSame(output, { order_id: 'A-1', outcome: 'shipped', tracking_id: 'TRK-1' });
	t.strictSame(asked, [
		['reserve', ORDER, `${TASK_ID}-ProcessOrder`],
		['ship', { order_id: 'A-1' }, `${TASK_ID}-ShipOrder`],
	]);
	t.strictSame(published, [
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
		const { status, output, events, asked, published } = await carryOut({
			inventory: { reserve: async () => ({ in_stock: false, missing }) },
		});
		t.equal(status, 'SUCCEEDED');
		t.strictSame(output, { order_id: 'A-1', outcome: 'backordered', missing });
		t.ok(Value.Check(OrderResult, output));
		t.strictSame(asked[1], ['backorder', { order_id: 'A-1', skus: missing }, `${TASK_ID}-BackorderItem`]);
		t.match(published, [
			{ Message: { outcome: 'backordered', text: `Order A-1 waits for ${missing.join(', ')}` } },
		]);
		assertGolden(t, 'order-backordered', events);
	}
});

test('a call to an unavailable inventory is retried with the same key', async (t) => {
	let refusals = 2;
	const { status, events, asked } = await carryOut({
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

test('an order fails with the error of the inventory', async (t) => {
	const attempts = {
		PartnerUnauthorized: 1,
		PartnerUnavailable: 6,
		PartnerRejected: 1,
		PartnerAnswerInvalid: 1,
	} satisfies Record<PartnerErrorName, number>;
	for (const name of [
		'PartnerUnauthorized',
		'PartnerUnavailable',
		'PartnerRejected',
		'PartnerAnswerInvalid',
	] as const) {
		const run = await carryOut({ inventory: { reserve: failing(name) } });
		t.match(run, { status: 'FAILED', error: name, cause: new RegExp(`The inventory API ${name}`) });
		t.equal(run.asked.length, attempts[name], `${name}: attempts`);
		t.strictSame(run.published, []);
		assertGolden(t, `order-${kebabCase(name)}`, run.events);
	}
});

test('a failed shipment and a failed backorder fail like a reservation', async (t) => {
	const shipment = await carryOut({ inventory: { ship: failing('PartnerRejected') } });
	t.match(shipment, { status: 'FAILED', error: 'PartnerRejected', published: [] });
	assertGolden(t, 'order-shipment-rejected', shipment.events);

	const backorder = await carryOut({
		inventory: {
			reserve: async () => ({ in_stock: false, missing: ['OUT-1'] }),
			backorder: failing('PartnerRejected'),
		},
	});
	t.match(backorder, { status: 'FAILED', error: 'PartnerRejected', published: [] });
	assertGolden(t, 'order-backorder-rejected', backorder.events);
});

test('an unexpected error is retried, then fails the order', async (t) => {
	const run = await carryOut({
		inventory: {
			reserve: async () => {
				throw new TypeError('x of undefined');
			},
		},
	});
	t.match(run, { status: 'FAILED', error: 'TypeError', asked: { length: 6 } });
});

test('a redrive resumes the failed work of an order', async (t) => {
	let isDown = true;
	const run = await carryOut({
		inventory: {
			ship: async () => (isDown ? failing('PartnerRejected')() : { tracking_id: 'TRK-2' }),
		},
		beforeRedrive: () => {
			isDown = false;
		},
	});
	t.match(run, { status: 'SUCCEEDED', output: { outcome: 'shipped', tracking_id: 'TRK-2' } });
	t.strictSame(
		run.asked.map(([what]) => what),
		['reserve', 'ship', 'ship'],
	);
	assertGolden(t, 'order-redriven', run.events);
});

test('a failed notification of the customer is retried, then redriven', async (t) => {
	let refusals = 1;
	const later = await carryOut({
		publish: async () => {
			if (refusals-- > 0) throw new StepError('SNS.SnsException', 'busy');
			return { MessageId: '1' };
		},
	});
	t.match(later, { status: 'SUCCEEDED', published: { length: 2 } });

	let isDenied = true;
	const redriven = await carryOut({
		publish: async () => {
			if (isDenied) throw new StepError('SNS.AuthorizationErrorException', 'no sns:Publish on arn:aws:sns');
			return { MessageId: '1' };
		},
		beforeRedrive: ({ error }) => {
			t.equal(error, 'SNS.AuthorizationErrorException');
			isDenied = false;
		},
	});
	t.match(redriven, { status: 'SUCCEEDED', published: { length: 7 }, asked: { length: 2 } });
});

test('the schemas accept exactly the data of the contract', async (t) => {
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

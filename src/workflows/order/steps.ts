import * as Type from 'typebox';
import { createSecretsManagerClient } from '../../aws/clients.ts';
import { withInvocation } from '../../aws/invocation.ts';
import { createLog } from '../../aws/log.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { parseConfig, Text, Url } from '../../config.ts';
import { createInventory, type Inventory } from '../../partners/partner-apis.ts';
import { createPartnerClient } from '../../partners/partner-client.ts';
import { createCurrentToken } from '../../partners/partner-tokens.ts';
import { createStepsHandler, defineStep } from '../define-steps.ts';
import { type BackorderedOrder, OrderInput, type ShippedOrder } from './workflow.ts';

const Environment = Type.Object({ INVENTORY_URL: Url, PARTNER_TOKENS_SECRET_ARN: Text });

/** A call makes two requests if its token has to be read again, and both end before the function times out. */
const INVENTORY_TIMEOUT_MS = 7000;

/** The steps of an order, by state. Each call's idempotency key contains the task id, so a repeated step has no effect. */
export const steps = {
	/** Reserves all items, or none if some are missing. */
	ProcessOrder: defineStep({
		input: OrderInput,
		async run(order, { taskId }, { reserve }: Inventory) {
			const { in_stock, missing } = await reserve(order, { idempotencyKey: `${taskId}-ProcessOrder` });
			return { in_stock, missing };
		},
	}),

	/** Ships the reserved items. */
	ShipOrder: defineStep({
		input: Type.Object({ order_id: Type.String() }),
		async run({ order_id }, { taskId }, { ship }: Inventory): Promise<Type.Static<typeof ShippedOrder>> {
			const { tracking_id } = await ship({ order_id }, { idempotencyKey: `${taskId}-ShipOrder` });
			return { order_id, outcome: 'shipped', tracking_id };
		},
	}),

	/** Backorders the missing items. */
	BackorderItem: defineStep({
		input: Type.Object({ order_id: Type.String(), missing: Type.Array(Type.String()) }),
		async run(
			{ order_id, missing },
			{ taskId },
			{ backorder }: Inventory,
		): Promise<Type.Static<typeof BackorderedOrder>> {
			await backorder({ order_id, skus: missing }, { idempotencyKey: `${taskId}-BackorderItem` });
			return { order_id, outcome: 'backordered', missing };
		},
	}),
};

/** The Lambda handler of the steps. */
export const handler = withInvocation(
	createStepsHandler({
		steps,
		log: createLog(),
		connect() {
			const config = parseConfig(Environment);
			const secrets = createSecretsManagerClient();
			const dependencies = createInventory(
				createPartnerClient({
					partner: 'inventory',
					baseUrl: config.INVENTORY_URL,
					token: createCurrentToken(createSecretReader(secrets, config.PARTNER_TOKENS_SECRET_ARN)),
					timeoutMs: INVENTORY_TIMEOUT_MS,
				}),
			);
			return { dependencies };
		},
	}),
);

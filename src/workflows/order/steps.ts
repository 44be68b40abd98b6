import { createSecretsManagerClient } from '../../aws/clients.ts';
import { createLog } from '../../aws/log.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { OrderEnvironment, parseConfig } from '../../config.ts';
import { createInventory } from '../../partners/inventory.ts';
import { createPartnerClient } from '../../partners/partner-client.ts';
import { createCurrentToken } from '../../partners/partner-tokens.ts';
import { createStepsHandler } from '../define-step.ts';
import { createBackorderItem } from './steps/backorder-item.ts';
import { createProcessOrder } from './steps/process-order.ts';
import { createShipOrder } from './steps/ship-order.ts';

/** Two requests, should the token have to be read again, end well before the function does. */
const INVENTORY_TIMEOUT_MS = 7000;

const config = parseConfig(OrderEnvironment);
const inventory = createInventory(
	createPartnerClient({
		partner: 'inventory',
		baseUrl: config.INVENTORY_URL,
		token: createCurrentToken(
			createSecretReader(createSecretsManagerClient(), config.PARTNER_TOKENS_SECRET_ARN),
		),
		timeoutMs: INVENTORY_TIMEOUT_MS,
	}),
);

export const handler = createStepsHandler(
	{
		ProcessOrder: createProcessOrder(inventory),
		ShipOrder: createShipOrder(inventory),
		BackorderItem: createBackorderItem(inventory),
	},
	createLog(),
);

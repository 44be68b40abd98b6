import { createSecretsManagerClient } from '../../aws/clients.ts';
import { createLog } from '../../aws/log.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { OrderEnvironment, parseConfig } from '../../config.ts';
import { operationOf } from '../../partners/call-operation.ts';
import { backorderItems, reserveItems, shipItems } from '../../partners/contracts.ts';
import { createPartnerClient } from '../../partners/partner-client.ts';
import { createStepsHandler } from '../define-step.ts';
import { createBackorderItem } from './steps/backorder-item.ts';
import { createProcessOrder } from './steps/process-order.ts';
import { createShipOrder } from './steps/ship-order.ts';

const config = parseConfig(OrderEnvironment);
const inventory = createPartnerClient({
	name: 'The inventory',
	baseUrl: config.INVENTORY_URL,
	token: createSecretReader(createSecretsManagerClient(), config.PARTNER_TOKEN_SECRET_ARN, Date.now),
});

export const handler = createStepsHandler(
	{
		ProcessOrder: createProcessOrder(operationOf(inventory, reserveItems)),
		ShipOrder: createShipOrder(operationOf(inventory, shipItems)),
		BackorderItem: createBackorderItem(operationOf(inventory, backorderItems)),
	},
	createLog(),
);

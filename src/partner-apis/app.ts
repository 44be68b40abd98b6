import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyInstance } from 'fastify';
import {
	backorderItems,
	deployPackages,
	notifyStakeholders,
	reserveItems,
	shipItems,
	validatePackages,
} from '../partners/contracts.ts';
import { type ReadTokens, registerBearerTokens } from './bearer-tokens.ts';
import { newId } from './new-id.ts';

export interface PartnerAppDependencies {
	/** The tokens that are taken: one, or two while it is being rotated. */
	readonly readTokens: ReadTokens;
	/** Where the app is mounted. */
	readonly prefix: string;
}

/** On this side of the fence a SKU that starts so is out of stock. */
const OUT_OF_STOCK = 'OUT-';

const LARGEST_BODY_BYTES = 64 * 1024;

/**
 * The partners' APIs, where no real partner stands behind them: inventory, validation, deployment, notification.
 * A repeated request is answered as the first one was: whatever is made has its id from the idempotency key.
 */
export function createPartnerApp({ readTokens, prefix }: PartnerAppDependencies): FastifyInstance {
	const app = fastify({
		bodyLimit: LARGEST_BODY_BYTES,
		ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
	}).withTypeProvider<TypeBoxTypeProvider>();
	registerBearerTokens(app, readTokens);

	app.post(`${prefix}${reserveItems.path}`, { schema: { body: reserveItems.request } }, async ({ body }) => {
		const missing = body.items.map(({ sku }) => sku).filter((sku) => sku.startsWith(OUT_OF_STOCK));
		return { in_stock: missing.length === 0, missing: [...new Set(missing)] };
	});
	app.post(`${prefix}${shipItems.path}`, { schema: { body: shipItems.request } }, async (request) => ({
		tracking_id: newId('TRACK', request),
	}));
	app.post(
		`${prefix}${backorderItems.path}`,
		{ schema: { body: backorderItems.request } },
		async (request) => ({
			backorder_id: newId('BACK', request),
		}),
	);
	app.post(
		`${prefix}${validatePackages.path}`,
		{ schema: { body: validatePackages.request } },
		async (request) => ({
			validation_id: newId('VAL', request),
			packages: request.body.package_ids.length,
		}),
	);
	app.post(
		`${prefix}${deployPackages.path}`,
		{ schema: { body: deployPackages.request } },
		async (request) => ({
			deployment_id: newId('DEP', request),
			deployed: request.body.package_ids,
		}),
	);
	app.post(
		`${prefix}${notifyStakeholders.path}`,
		{ schema: { body: notifyStakeholders.request } },
		async (request) => ({ message_id: newId('MSG', request) }),
	);
	return app;
}

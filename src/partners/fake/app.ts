import { createHash } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, {
	type FastifyBaseLogger,
	type FastifyInstance,
	type RawReplyDefaultExpression,
	type RawRequestDefaultExpression,
	type RawServerDefault,
} from 'fastify';
import * as Type from 'typebox';
import type { Log } from '../../tasks/log.ts';
import {
	Backorder,
	BackorderRequest,
	PackageDeployment,
	PackageRelease,
	PackageValidation,
	Reservation,
	ReservationRequest,
	SentMessage,
	Shipment,
	ShipmentRequest,
	StakeholderMessage,
} from '../partner-apis.ts';
import { type BearerTokens, createTokenCheck, requireBearerToken } from './bearer-tokens.ts';

/** The Fastify instance of the partner APIs, typed by the schemas of its routes. */
type PartnerApp = FastifyInstance<
	RawServerDefault,
	RawRequestDefaultExpression,
	RawReplyDefaultExpression,
	FastifyBaseLogger,
	TypeBoxTypeProvider
>;

/** The parts of the fake server. */
export interface FakePartnersDependencies extends BearerTokens {
	readonly log: Log;
}

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Creates the fake server of the four partner APIs, for stages without real partners. It is stateless: each response
 * follows from the request and its idempotency key.
 */
export function createFakePartners({ log, ...tokens }: FakePartnersDependencies): PartnerApp {
	const app = fastify({
		bodyLimit: MAX_BODY_BYTES,
		ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
	}).withTypeProvider<TypeBoxTypeProvider>();
	registerErrors(app, log);
	app.addHook('onResponse', async ({ method, url }, { statusCode }) => {
		log.info('partner called', { method, path: url, status: statusCode });
	});
	const isValidToken = createTokenCheck(tokens);
	for (const [partner, registerRoutes] of Object.entries(PARTNERS)) {
		app.register(
			async (scope) => {
				requireBearerToken(scope, isValidToken);
				registerRoutes(scope);
			},
			{ prefix: `/partners/${partner}` },
		);
	}
	return app;
}

/** Answers errors as `{"error": "..."}`. Internal errors are logged and not described. */
function registerErrors(app: FastifyInstance, log: Log): void {
	app.setErrorHandler<Error & { readonly statusCode?: number; readonly validation?: unknown }>(
		(error, request, reply) => {
			const status = error.validation === undefined ? (error.statusCode ?? 500) : 422;
			if (status < 500) return reply.code(status).send({ error: error.message });
			log.error('partner request failed', { route: request.routeOptions.url, error });
			return reply.code(500).send({ error: 'Internal server error.' });
		},
	);
	app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'No route matches this path.' }));
}

/** Every POST has a key. The same key and body give the same response. */
const IdempotencyHeaders = Type.Object({
	'idempotency-key': Type.String({ minLength: 1, maxLength: 200 }),
});

/** Derives an id from the key, such as `TRK-2f3a...`. */
function idFrom(prefix: string, headers: Type.Static<typeof IdempotencyHeaders>): string {
	const digest = createHash('sha256').update(`${prefix}\n${headers['idempotency-key']}`).digest('hex');
	return `${prefix}-${digest.slice(0, 16)}`;
}

/** SKUs with this prefix are always out of stock. */
const OUT_OF_STOCK = 'OUT-';

/** Package ids with this prefix are always invalid. */
const INVALID = 'INVALID-';

/** The routes of each partner. */
const PARTNERS: Readonly<Record<string, (app: PartnerApp) => void>> = {
	inventory(app) {
		app.route({
			method: 'POST',
			url: '/reservations',
			schema: { headers: IdempotencyHeaders, body: ReservationRequest, response: { 200: Reservation } },
			async handler({ body }) {
				const skus = new Set(body.items.map(({ sku }) => sku));
				const missing = [...skus].filter((sku) => sku.startsWith(OUT_OF_STOCK));
				return { in_stock: missing.length === 0, missing };
			},
		});
		app.route({
			method: 'POST',
			url: '/shipments',
			schema: { headers: IdempotencyHeaders, body: ShipmentRequest, response: { 200: Shipment } },
			handler: async ({ headers }) => ({ tracking_id: idFrom('TRK', headers) }),
		});
		app.route({
			method: 'POST',
			url: '/backorders',
			schema: { headers: IdempotencyHeaders, body: BackorderRequest, response: { 200: Backorder } },
			handler: async ({ headers }) => ({ backorder_id: idFrom('BCK', headers) }),
		});
	},

	validation(app) {
		app.route({
			method: 'POST',
			url: '/packages',
			schema: { headers: IdempotencyHeaders, body: PackageRelease, response: { 200: PackageValidation } },
			async handler({ headers, body }) {
				const invalid = body.package_ids.filter((id) => id.startsWith(INVALID));
				return {
					validation_id: idFrom('VAL', headers),
					valid: invalid.length === 0,
					problems: invalid.map((package_id) => ({ package_id, message: 'The package is not valid.' })),
				};
			},
		});
	},

	deployment(app) {
		app.route({
			method: 'POST',
			url: '/deployments',
			schema: { headers: IdempotencyHeaders, body: PackageRelease, response: { 200: PackageDeployment } },
			handler: async ({ headers, body }) => ({
				deployment_id: idFrom('DEP', headers),
				environment: body.environment,
				deployed: body.package_ids,
			}),
		});
	},

	notification(app) {
		app.route({
			method: 'POST',
			url: '/messages',
			schema: { headers: IdempotencyHeaders, body: StakeholderMessage, response: { 200: SentMessage } },
			handler: async ({ headers }) => ({ message_id: idFrom('MSG', headers) }),
		});
	},
};

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import type { Log } from '../../tasks/log.ts';
import { type BearerTokens, createTokenCheck, requireBearerToken } from './bearer-tokens.ts';
import { registerErrors } from './errors.ts';
import { registerCreateBackorder } from './routes/create-backorder.ts';
import { registerCreateReservation } from './routes/create-reservation.ts';
import { registerCreateShipment } from './routes/create-shipment.ts';
import { registerDeployPackages } from './routes/deploy-packages.ts';
import { registerSendMessage } from './routes/send-message.ts';
import { registerValidatePackages } from './routes/validate-packages.ts';
import type { PartnerApp } from './typed-app.ts';

export interface PartnerApisDependencies extends BearerTokens {
	readonly log: Log;
}

const LARGEST_BODY_BYTES = 64 * 1024;

/**
 * The four partner APIs, for the stages that have no real ones. They keep nothing: what they answer follows from the
 * request and its idempotency key.
 */
export function createPartnerApis({ log, ...tokens }: PartnerApisDependencies): PartnerApp {
	const app = fastify({
		bodyLimit: LARGEST_BODY_BYTES,
		ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
	}).withTypeProvider<TypeBoxTypeProvider>();
	registerErrors(app, log);
	const isValidToken = createTokenCheck(tokens);
	const partner = (name: string, ...routes: readonly ((scope: PartnerApp) => void)[]) => {
		app.register(
			async (scope) => {
				requireBearerToken(scope, isValidToken);
				for (const register of routes) register(scope);
			},
			{ prefix: `/partners/${name}` },
		);
	};
	partner('inventory', registerCreateReservation, registerCreateShipment, registerCreateBackorder);
	partner('validation', registerValidatePackages);
	partner('deployment', registerDeployPackages);
	partner('notification', registerSendMessage);
	return app;
}

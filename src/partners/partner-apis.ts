import * as Type from 'typebox';
import type { CallOptions, PartnerClient } from './partner-client.ts';

const Sku = Type.String({ minLength: 1, maxLength: 64 });
const OrderId = Type.String({ minLength: 1, maxLength: 100 });
const StoryId = Type.String({ pattern: '^[A-Z][A-Z0-9]{0,19}-[1-9][0-9]{0,9}$' });
/** At most as long as a package name in npm. */
const PackageId = Type.String({ minLength: 1, maxLength: 214 });
const ReleaseEnvironment = Type.Enum(['dev', 'staging', 'prod']);

/** Reserves the items of an order. */
export const ReservationRequest = Type.Object(
	{
		order_id: OrderId,
		items: Type.Array(
			Type.Object({ sku: Sku, quantity: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
			{ minItems: 1, maxItems: 100 },
		),
	},
	{ additionalProperties: false },
);

/** Either all items are reserved, or none is and `missing` lists the SKUs that are out of stock. */
export const Reservation = Type.Object({ in_stock: Type.Boolean(), missing: Type.Array(Sku) });

/** Ships an order whose items are reserved. */
export const ShipmentRequest = Type.Object({ order_id: OrderId }, { additionalProperties: false });

/** A shipment; the customer tracks it by `tracking_id`. */
export const Shipment = Type.Object({ tracking_id: Type.String({ minLength: 1 }) });

/** Backorders the missing items of an order. */
export const BackorderRequest = Type.Object(
	{ order_id: OrderId, skus: Type.Array(Sku, { minItems: 1, maxItems: 100 }) },
	{ additionalProperties: false },
);

/** A backorder. */
export const Backorder = Type.Object({ backorder_id: Type.String({ minLength: 1 }) });

/** The packages of a story and their target environment, as the validation and the deployment partner receive them. */
export const PackageRelease = Type.Object(
	{
		story_id: StoryId,
		package_ids: Type.Array(PackageId, { minItems: 1, maxItems: 50 }),
		environment: ReleaseEnvironment,
	},
	{ additionalProperties: false },
);

/** The result of a validation. `valid` is true exactly if there are no problems. */
export const PackageValidation = Type.Object({
	validation_id: Type.String({ minLength: 1 }),
	valid: Type.Boolean(),
	problems: Type.Array(Type.Object({ package_id: PackageId, message: Type.String() })),
});

/** A completed deployment of all packages. */
export const PackageDeployment = Type.Object({
	deployment_id: Type.String({ minLength: 1 }),
	environment: ReleaseEnvironment,
	deployed: Type.Array(PackageId),
});

/** Notifies the stakeholders of a story. Without `message` the partner uses its own wording. */
export const StakeholderMessage = Type.Object(
	{
		story_id: StoryId,
		environment: ReleaseEnvironment,
		message: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
	},
	{ additionalProperties: false },
);

/** A message that the partner has accepted. */
export const SentMessage = Type.Object({ message_id: Type.String({ minLength: 1 }) });

/** Creates the client of the inventory partner: stock, shipments and backorders. */
export function createInventory(client: PartnerClient) {
	return {
		reserve: (request: Type.Static<typeof ReservationRequest>, options: CallOptions) =>
			client.call('/reservations', request, Reservation, options),
		ship: (request: Type.Static<typeof ShipmentRequest>, options: CallOptions) =>
			client.call('/shipments', request, Shipment, options),
		/** The inventory ships the whole order once the missing items have arrived. */
		backorder: (request: Type.Static<typeof BackorderRequest>, options: CallOptions) =>
			client.call('/backorders', request, Backorder, options),
	};
}

/** The client of the inventory partner. */
export type Inventory = ReturnType<typeof createInventory>;

/** Creates the client of the validation partner. Invalid packages are an answer, not an error. */
export function createValidation(client: PartnerClient) {
	return {
		validatePackages: (request: Type.Static<typeof PackageRelease>, options: CallOptions) =>
			client.call('/packages', request, PackageValidation, options),
	};
}

/** Creates the client of the deployment partner. */
export function createDeployment(client: PartnerClient) {
	return {
		deployPackages: (request: Type.Static<typeof PackageRelease>, options: CallOptions) =>
			client.call('/deployments', request, PackageDeployment, options),
	};
}

/** Creates the client of the notification partner. */
export function createNotification(client: PartnerClient) {
	return {
		notifyStakeholders: (request: Type.Static<typeof StakeholderMessage>, options: CallOptions) =>
			client.call('/messages', request, SentMessage, options),
	};
}

/** The clients of the three partners that a release calls. */
export type ReleasePartners = ReturnType<typeof createValidation> &
	ReturnType<typeof createDeployment> &
	ReturnType<typeof createNotification>;

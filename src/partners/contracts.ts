import { Type } from 'typebox';

const Id = Type.String({ minLength: 1, maxLength: 200 });

const Items = Type.Array(
	Type.Object({ sku: Id, quantity: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
	{ minItems: 1, maxItems: 100 },
);

const Order = Type.Object({ order_id: Id, items: Items }, { additionalProperties: false });

const Release = Type.Object(
	{
		story_id: Id,
		environment: Type.Enum(['dev', 'staging', 'prod']),
		package_ids: Type.Array(Id, { minItems: 1, maxItems: 50 }),
	},
	{ additionalProperties: false },
);

/** Reserves what is in stock, and names what is not. */
export const reserveItems = {
	path: '/inventory/reservations',
	request: Order,
	answer: Type.Object({ in_stock: Type.Boolean(), missing: Type.Array(Type.String()) }),
};

/** Sends an order off. */
export const shipItems = {
	path: '/inventory/shipments',
	request: Order,
	answer: Type.Object({ tracking_id: Type.String() }),
};

/** Orders what is missing. */
export const backorderItems = {
	path: '/inventory/backorders',
	request: Type.Object(
		{ order_id: Id, skus: Type.Array(Id, { minItems: 1, maxItems: 100 }) },
		{ additionalProperties: false },
	),
	answer: Type.Object({ backorder_id: Type.String() }),
};

/** Checks that the packages can be released. */
export const validatePackages = {
	path: '/validation/packages',
	request: Release,
	answer: Type.Object({ validation_id: Type.String(), packages: Type.Integer({ minimum: 1 }) }),
};

/** Deploys the packages. */
export const deployPackages = {
	path: '/deployment/deployments',
	request: Release,
	answer: Type.Object({ deployment_id: Type.String(), deployed: Type.Array(Type.String()) }),
};

/** Tells those who want to know of the release. */
export const notifyStakeholders = {
	path: '/notification/messages',
	request: Release,
	answer: Type.Object({ message_id: Type.String() }),
};

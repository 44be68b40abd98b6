import type { OrderInput } from './input.ts';

/** The inventory repeats its answer for a key that it has seen. */
export interface InventoryCall {
	readonly idempotencyKey: string;
}

/** What the steps ask of the inventory. */
export interface Inventory {
	/** Reserves all items, or none where some are `missing`. */
	reserve(order: OrderInput, call: InventoryCall): Promise<{ in_stock: boolean; missing: string[] }>;
	/** Sends what is reserved for the order. */
	ship(order: { order_id: string }, call: InventoryCall): Promise<{ tracking_id: string }>;
	/** Has what is missing ordered. */
	backorder(order: { order_id: string; skus: string[] }, call: InventoryCall): Promise<unknown>;
}

import type { Json } from '../actors/rules/order.js';

/** A line of the former service. Amounts are decimal text; null as it stands there. */
export interface OldItem {
  readonly id: string;
  readonly product_id: string | null;
  readonly product_sku: string | null;
  readonly product_name: string | null;
  readonly quantity: number | null;
  readonly unit_price: string | null;
  readonly total_price: string | null;
  readonly discount_amount: string | null;
  readonly tax_amount: string | null;
  readonly warehouse_id: string | null;
  readonly reservation_id: string | null;
  readonly metadata: string | null;
}

/** A change of status that the former service noted. Times in RFC 3339 UTC. */
export interface OldMove {
  readonly from_status: string | null;
  readonly to_status: string | null;
  readonly reason: string | null;
  readonly notes: string | null;
  readonly changed_by: string | null;
  readonly changed_by_type: string | null;
  readonly changed_at: string | null;
}

/** An edit that the former service noted. */
export interface OldEdit {
  readonly field: string | null;
  readonly old_value: string | null;
  readonly new_value: string | null;
  readonly reason: string | null;
  readonly changed_by: string | null;
  readonly changed_by_type: string | null;
  readonly changed_at: string | null;
}

/** An order of the former service with its lines and what its histories contain, oldest first. */
export interface OldOrder {
  readonly id: string;
  readonly order_number: string;
  readonly customer_id: string | null;
  readonly guest_email: string | null;
  readonly status: string | null;
  readonly currency: string | null;
  readonly subtotal: string | null;
  readonly tax_amount: string | null;
  readonly shipping_amount: string | null;
  readonly discount_amount: string | null;
  readonly total_amount: string | null;
  readonly payment_id: string | null;
  readonly payment_method: string | null;
  readonly payment_status: string | null;
  /** JSON as text, as all of these. */
  readonly shipping_address: string | null;
  readonly billing_address: string | null;
  readonly notes: string | null;
  readonly metadata: string | null;
  readonly created_at: string | null;
  readonly updated_at: string | null;
  readonly cancelled_at: string | null;
  readonly completed_at: string | null;
  readonly cancellation_reason: string | null;
  readonly created_by_service: string | null;
  readonly items: readonly OldItem[];
  readonly moves: readonly OldMove[];
  readonly edits: readonly OldEdit[];
}

/** JSON that may not be JSON: then the text itself. */
export const jsonOf = (text: string | null): Json | undefined => {
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
};

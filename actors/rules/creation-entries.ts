import type { Consequences } from './entry-parts.js';
import type { Address, Item, Metadata, PaymentStatus } from './order.js';
import type { Status } from './transitions.js';

/** A payment as checkout hands it over. */
export interface NewPayment {
  readonly payment_id: string;
  readonly method?: string | undefined;
  readonly status: 'pending' | 'authorized' | 'completed';
  readonly amount: string;
}

/** An order handed over by checkout. The order number is drawn by the storing statement and put in then. */
export interface Created {
  readonly type: 'order.created';
  readonly data: Consequences & {
    readonly order_number: string;
    readonly to_status: 'confirmed';
    readonly customer_id?: string | undefined;
    readonly currency: string;
    readonly decimals: number;
    readonly subtotal: string;
    readonly tax_amount: string;
    readonly shipping_amount: string;
    readonly discount_amount: string;
    readonly total_amount: string;
    readonly payment_id?: string | undefined;
    readonly payment_method?: string | undefined;
    readonly payment_status: PaymentStatus;
    readonly payments: readonly NewPayment[];
    readonly metadata: Metadata;
    readonly items: readonly Item[];
    readonly created_by_service: string;
  };
  readonly personal: {
    readonly guest_email?: string | undefined;
    readonly shipping_address: Address;
    readonly billing_address?: Address | undefined;
    readonly notes?: string | undefined;
  };
}

/** How an order of the former service was paid. */
export const importedPaymentStatuses = ['pending', 'authorized', 'completed', 'failed', 'refunded'] as const;

/** The one payment of an order of the former service; without an id where it named none. */
export interface ImportedPayment {
  readonly payment_id?: string | undefined;
  readonly method?: string | undefined;
  readonly status: (typeof importedPaymentStatuses)[number];
  readonly amount: string;
}

/**
 * An order taken over from the former service, as it was when its history begins; its history follows as entries of their
 * own. Never published.
 */
export interface Imported {
  readonly type: 'order.imported';
  readonly data: Consequences &
    Omit<Created['data'], 'to_status' | 'payments' | 'payment_status' | 'imported'> & {
      readonly imported: true;
      readonly imported_at: string;
      readonly to_status: Status;
      readonly payment: ImportedPayment;
      /** Fulfilment of this order counts as started. */
      readonly fulfilment_started: boolean;
      readonly shipped_at?: string | undefined;
      readonly delivered_at?: string | undefined;
      readonly return_window_ends_at?: string | undefined;
      readonly updated_at: string;
      readonly cancelled_at?: string | undefined;
      readonly completed_at?: string | undefined;
    };
  readonly personal: Created['personal'] & { readonly cancellation_reason?: string | undefined };
}

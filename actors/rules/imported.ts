import type { Consequences, Created } from './entries.js';
import type { Status } from './transitions.js';

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

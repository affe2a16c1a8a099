import type { NewPayment } from './creation-entries.js';
import type { Address, InboundData, Item, ItemMetadata, Metadata, OrderTopic } from './order.js';
import type { Caller, Deadline, ItemQuantity } from './order-parts.js';
import type { Status } from './transitions.js';

/** A new order after all its sums were checked. */
export interface NewOrder {
  readonly customer_id?: string | undefined;
  readonly guest_email?: string | undefined;
  readonly currency: string;
  readonly decimals: number;
  readonly subtotal: string;
  readonly tax_amount: string;
  readonly shipping_amount: string;
  readonly discount_amount: string;
  readonly total_amount: string;
  readonly payment_id?: string | undefined;
  readonly payment_method?: string | undefined;
  readonly payment_status: NewPayment['status'];
  /** Instead of the one payment that the three fields above describe. */
  readonly payments?: readonly NewPayment[] | undefined;
  readonly shipping_address: Address;
  readonly billing_address?: Address | undefined;
  readonly notes?: string | undefined;
  readonly metadata: Metadata;
  readonly created_by_service: string;
  readonly items: readonly Item[];
}

/** An address as an edit gives it: without a country it stays in the one it is in. */
export type EditedAddress = Omit<Address, 'country'> & { readonly country?: string | undefined };

/** What can be asked of an order. One member a command; the gateways only translate into these. */
export type OrderCommand =
  | { readonly type: 'create'; readonly order: NewOrder }
  | {
      readonly type: 'change_status';
      readonly status: Status;
      readonly reason?: string | undefined;
      readonly notes?: string | undefined;
    }
  | { readonly type: 'cancel'; readonly reason: string }
  | { readonly type: 'hold'; readonly reason: string; readonly until?: string | undefined }
  | { readonly type: 'release'; readonly reason?: string | undefined }
  | { readonly type: 'restore'; readonly reason?: string | undefined }
  | { readonly type: 'cancel_items'; readonly items: readonly ItemQuantity[]; readonly reason: string }
  | {
      readonly type: 'update';
      readonly shipping_address?: EditedAddress | undefined;
      readonly billing_address?: EditedAddress | undefined;
      readonly notes?: string | undefined;
      readonly metadata?: Metadata | undefined;
      readonly items?: readonly ItemMetadata[] | undefined;
      readonly reason?: string | undefined;
    }
  | {
      readonly type: 'take_event';
      readonly topic: OrderTopic;
      readonly source: string;
      readonly event_id: string;
      readonly data: InboundData;
      /** CloudEvents time, RFC 3339 UTC; absent where the event had none. */
      readonly time?: string | undefined;
    }
  | {
      readonly type: 'settle_refund';
      readonly key: string;
      readonly outcome: 'refunded';
      readonly refund_id: string;
      /** The payment that it was taken from, where the payment service says so. */
      readonly payment_id?: string | undefined;
    }
  | {
      readonly type: 'settle_refund';
      readonly key: string;
      readonly outcome: 'refused';
      readonly reason: string;
    }
  | { readonly type: 'erase'; readonly reason: string }
  | { readonly type: 'retry_refund'; readonly key: string; readonly reason: string }
  | { readonly type: 'link_customer'; readonly customer_id: string; readonly email: string }
  | { readonly type: 'meet_deadline'; readonly what: Deadline['what']; readonly at: string }
  | { readonly type: 'reconsider' };

/** Who asks, when, and under which policy: all that a rule may know of the world. */
export interface Context {
  readonly caller: Caller;
  /** RFC 3339 UTC. */
  readonly now: string;
  readonly policy: Policy;
}

/** The switches and periods of the configuration that the rules obey (docs/configuration.md). */
export interface Policy {
  readonly returnWindowDays: number;
  readonly autoCancelHours: number;
  /** How long a cancellation by a person can be undone; 0: not at all. */
  readonly cancelGraceSeconds: number;
  readonly partialCancellations: boolean;
  readonly returns: boolean;
  /** ISO 3166-1 alpha-2 of a new address that names none. */
  readonly defaultCountry: string;
  /** Hours after which an event that came early is given up (docs/events.md). */
  readonly waitingHours: number;
}

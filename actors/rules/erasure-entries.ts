import type { Consequences } from './entries.js';

/** The personal data of all entries before this one is erased. The countries are all that stays of the addresses. */
export interface Erased {
  readonly type: 'order.erased';
  readonly data: Consequences & {
    readonly shipping_country: string;
    readonly billing_country?: string | undefined;
  };
  readonly personal?: { readonly reason: string } | undefined;
}

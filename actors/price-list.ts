/** What a price is for. */
export interface PriceKey {
  readonly product_id: string;
  readonly product_sku: string;
  readonly currency: string;
}

/** A price as the pricing service reports it; `updated_at` decides between two. */
export interface Price extends PriceKey {
  readonly price: string;
  readonly updated_at: string;
}

/** The price list that `ORDER_VERIFY_PRICES` checks new orders against. */
export interface PriceList {
  /** Takes a price; false where a newer one is known. */
  put(price: Price): Promise<boolean>;
  /** The listed prices, in the order asked for; undefined where a product is not listed. */
  get(keys: readonly PriceKey[]): Promise<readonly (string | undefined)[]>;
}

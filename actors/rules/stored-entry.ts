import type { Change, Entry } from './entries.js';
import type { Address, Item, ItemMetadata, Metadata } from './order.js';

/*
 * How the journal keeps an entry. Everything that can be erased is in `personal`: addresses, emails, notes, metadata, and
 * every free text, such as reasons. `data` keeps what remains of an erased order: amounts, quantities, ids, and the
 * countries of addresses. Entries of earlier releases, which had reasons and metadata in `data`, read the same.
 */

/** An entry as its row holds it. */
export interface StoredEntry {
  readonly type: string;
  readonly data: unknown;
  /** Null where there is none, or where it is erased. */
  readonly personal: unknown;
}

/** What a required text reads once it is erased. */
export const erasedText = 'erased';

/** Of an address that was erased with its country: entries of earlier releases. ISO 3166-1 reserves it for such use. */
const unknownCountry = 'ZZ';

/** All that stays of an address. */
export const erasedAddress = (country: string | undefined): Address => ({
  recipient: erasedText,
  line1: erasedText,
  city: erasedText,
  country: country ?? unknownCountry,
});

type Data = Readonly<Record<string, unknown>>;

interface Personal {
  readonly shipping_address?: Address | undefined;
  readonly billing_address?: Address | undefined;
  readonly changes?: readonly Change[] | undefined;
  readonly reason?: string | undefined;
  readonly metadata?: Metadata | undefined;
  readonly item_metadata?: readonly ItemMetadata[] | undefined;
}

interface Countries {
  readonly shipping_country?: string | undefined;
  readonly billing_country?: string | undefined;
}

const countriesOf = ({ shipping_address, billing_address }: Personal): Countries => ({
  shipping_country: shipping_address?.country,
  billing_country: billing_address?.country,
});

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

/** Keys of metadata are the client's own words. */
const withoutKeys = (field: string): string => field.replace(/^((?:items\.\d+\.)?metadata)[.[].*$/s, '$1');

/** An entry as the journal keeps it. */
export const toStored = (entry: Entry): StoredEntry => {
  const { type } = entry;
  switch (type) {
    case 'order.created':
    case 'order.imported': {
      const { metadata, items, ...data } = entry.data;
      const item_metadata = items.flatMap((item) =>
        isEmpty(item.metadata) ? [] : [{ item_id: item.id, metadata: item.metadata }],
      );
      const lines = items.map(({ metadata: _apart, ...line }) => line);
      return {
        type,
        data: { ...data, items: lines, ...countriesOf(entry.personal) },
        personal: {
          ...entry.personal,
          ...(isEmpty(metadata) ? {} : { metadata }),
          ...(item_metadata.length === 0 ? {} : { item_metadata }),
        },
      };
    }
    case 'order.updated': {
      const { fields, reason, metadata, items: item_metadata, ...data } = entry.data;
      return {
        type,
        data: { ...data, fields: [...new Set(fields.map(withoutKeys))], ...countriesOf(entry.personal) },
        personal: { ...entry.personal, reason, metadata, item_metadata },
      };
    }
    case 'order.status_changed':
    case 'order.items_cancelled':
    case 'order.cancelled':
    case 'order.restored':
    case 'order.return_requested':
    case 'order.returned':
    case 'order.payment_updated': {
      const { reason, ...data } = entry.data;
      const notes = 'personal' in entry ? entry.personal : undefined;
      return { type, data, personal: reason === undefined ? (notes ?? null) : { ...notes, reason } };
    }
    default:
      return { type, data: entry.data, personal: 'personal' in entry ? (entry.personal ?? null) : null };
  }
};

const addressesOf = ({ shipping_country, billing_country }: Countries): Personal => ({
  ...(shipping_country === undefined ? {} : { shipping_address: erasedAddress(shipping_country) }),
  ...(billing_country === undefined ? {} : { billing_address: erasedAddress(billing_country) }),
});

const readCreation = (type: string, stored: Data, personal: Personal | undefined): object => {
  const { shipping_country, billing_country, items, metadata: older, ...data } = stored;
  const {
    metadata,
    item_metadata = [],
    ...told
  } = personal ?? {
    ...addressesOf({ shipping_country, billing_country } as Countries),
    shipping_address: erasedAddress(shipping_country as string | undefined),
  };
  const by = new Map(item_metadata.map((item) => [item.item_id, item.metadata]));
  const lines = (items as readonly (Omit<Item, 'metadata'> & Partial<Item>)[]).map((line) => ({
    ...line,
    metadata: by.get(line.id) ?? line.metadata ?? {},
  }));
  return { type, data: { ...data, metadata: metadata ?? older ?? {}, items: lines }, personal: told };
};

const isPersonal = (field: string): boolean =>
  /^(?:(?:shipping|billing)_address\b|notes$|metadata\b|items\.\d+\.metadata\b|customer_id$)/.test(field);

/** What stays of an edit: which fields it changed. */
const erasedEdit = (data: Data): Personal & { readonly notes?: string } => {
  const fields = (data['fields'] as readonly string[]).filter(
    (field) => data['imported'] === true || isPersonal(field),
  );
  const items = fields.flatMap((field) => /^items\.(\d+)\.metadata\b/.exec(field)?.[1] ?? []);
  const applies = data['imported'] !== true;
  return {
    changes: fields.map((field) => ({ field, old_value: null, new_value: null })),
    ...addressesOf(data),
    ...(applies && fields.includes('notes') ? { notes: '' } : {}),
    ...(applies && fields.some((field) => /^metadata\b/.test(field)) ? { metadata: {} } : {}),
    ...(applies && items.length > 0
      ? { item_metadata: [...new Set(items)].map((item_id) => ({ item_id, metadata: {} })) }
      : {}),
  };
};

const readEdit = (type: string, stored: Data, personal: Personal | undefined): object => {
  const { shipping_country: _shipping, billing_country: _billing, ...data } = stored;
  const { reason, metadata, item_metadata, ...told } = personal ?? erasedEdit(stored);
  const { changes = [] } = told;
  return {
    type,
    data: {
      ...data,
      ...(changes.length === 0 ? {} : { fields: changes.map(({ field }) => field) }),
      ...(reason === undefined ? {} : { reason }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(item_metadata === undefined ? {} : { items: item_metadata }),
    },
    personal: told,
  };
};

/** The payment hold is set by the service itself and has no personal data. */
const erasedHold = ({ hold }: Data): object =>
  hold === 'payment'
    ? { reason: 'not paid for', by: { type: 'system', id: 'coverage' } }
    : { reason: erasedText, by: { type: 'staff', id: erasedText } };

/**
 * The entry of a row, whatever release wrote it. Where the personal part is erased, a required text reads `erased`, an
 * optional one is absent, and the values of an edit are null.
 */
export const fromStored = ({ type, data: stored, personal: apart }: StoredEntry): Entry => {
  const data = stored as Data;
  const personal = (apart ?? undefined) as Personal | undefined;
  // Only this service writes the journal, from these very types.
  const as = (entry: object): Entry => entry as Entry;
  switch (type) {
    case 'order.created':
    case 'order.imported':
      return as(readCreation(type, data, personal));
    case 'order.updated':
      return as(readEdit(type, data, personal));
    case 'order.held':
      return as({ type, data, personal: personal ?? erasedHold(data) });
    case 'order.released':
    case 'order.completed':
    case 'order.erased':
      return as({ type, data, ...(personal === undefined ? {} : { personal }) });
    default: {
      const { reason, ...told } = personal ?? {};
      return as({
        type,
        data: reason === undefined ? data : { ...data, reason },
        ...(isEmpty(told) ? {} : { personal: told }),
      });
    }
  }
};

/** Whether an entry tells something that can be erased. */
export const isErasable = (entry: Entry): boolean => {
  const { personal } = toStored(entry);
  if (personal === null) return false;
  return entry.type !== 'order.updated' || JSON.stringify(personal) !== '{"changes":[]}';
};

import type { Caller } from '../actors/rules/order.js';

/** The calls that a caller may or may not make. */
export type Call =
  | 'create'
  | 'get'
  | 'list'
  | 'change_status'
  | 'update'
  | 'cancel'
  | 'cancel_items'
  | 'history'
  | 'hold'
  | 'release'
  | 'restore'
  | 'bulk'
  | 'staff'
  | 'analytics'
  | 'export'
  | 'erase';

const own: readonly Call[] = ['get', 'update', 'cancel', 'cancel_items', 'history'];
const every: readonly Call[] = [...own, 'list', 'change_status'];
const desk: readonly Call[] = [...every, 'hold', 'release', 'restore', 'bulk', 'staff', 'analytics'];

/** Who may call what. Whose order it is, the order itself decides afterwards. */
const permissions = {
  service: [...every, 'create'],
  staff: desk,
  admin: [...desk, 'export', 'erase'],
  customer: [...own, 'list'],
  guest: own,
  system: [],
} as const satisfies Record<Caller['type'], readonly Call[]>;

/** Role first: whether this kind of caller may make this call at all. */
export const mayCall = (caller: Caller, call: Call): boolean =>
  (permissions[caller.type] as readonly Call[]).includes(call);

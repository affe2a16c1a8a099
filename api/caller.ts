import type { Caller } from '../actors/rules/order-parts.js';
import type { Problem } from './errors.js';

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

const detailOf = (type: Caller['type'], call: Call): string => {
  if (call === 'staff' || call === 'analytics' || call === 'bulk') return `This is not for a ${type}.`;
  if (call === 'export') return `Exports are not for ${type}.`;
  return `A ${type} may not ${call.replaceAll('_', ' ')}.`;
};

/** The problem of a caller whose role does not permit a call. */
export const forbidden = ({ type }: Caller, call: Call): Problem => ({
  code: 'forbidden',
  detail: detailOf(type, call),
});

/**
 * What a caller is told whose role can never make a call; undefined where it can. Every gateway asks this as soon as it knows
 * the caller: before it looks at headers, query or body, and before it reads the body.
 */
export const roleRefusal = (caller: Caller, call: Call): Problem | undefined =>
  mayCall(caller, call) ? undefined : forbidden(caller, call);

import { statuses } from '../../actors/rules/transitions.js';

/** What can be done with many orders at once. */
export const bulkActions = ['hold', 'release', 'cancel', 'change_status'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** Where orders can be moved to together; `cancelled` is an action of its own. */
export const bulkStatuses: readonly string[] = statuses.filter((status) => status !== 'cancelled');

/** What was typed so far. */
export interface BulkDraft {
  readonly reason: string;
  readonly until: string;
  readonly status: string;
}

/** Under which name what is typed for an action is kept. */
export const bulkDraftName = (action: BulkAction): string => `bulk ${action}`;

/** Whether an action needs a word of why. */
export const needsReason = (action: BulkAction): boolean => action === 'hold' || action === 'cancel';

/** The fields of the action's own call. */
export const fieldsOf = (action: BulkAction, { reason, until, status }: BulkDraft): object => ({
  ...(reason === '' ? {} : { reason }),
  ...(action === 'hold' && until !== '' ? { until: new Date(until).toISOString() } : {}),
  ...(action === 'change_status' ? { status } : {}),
});

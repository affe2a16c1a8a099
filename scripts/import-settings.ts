import { loadConfig } from '../config.js';
import type { ImportContext } from '../importing/beginning.js';
import { projectRoot } from './paths.js';

/** What imported orders depend on, as the service's configuration has it. */
export interface ImportSettings {
  readonly sequenceKey: string;
  /** The day of a moment in the time zone of order numbers, `YYYYMMDD`. */
  readonly dayOf: (at: string) => string;
  readonly context: ImportContext;
}

/** Stands in for what the service needs and an import does not. */
const placeholders = {
  ORDER_REDIS_ADDR: '127.0.0.1:6379',
  ORDER_SECRET: 'x'.repeat(32),
  APP_API_TOKEN: 'x'.repeat(16),
};

/**
 * Reads the service's configuration for an import.
 *
 * @throws ConfigError naming every fault
 */
export function importSettings(given: NodeJS.ProcessEnv): ImportSettings {
  const { environment, file } = loadConfig({ ...placeholders, ...given }, projectRoot);
  const calendar = new Intl.DateTimeFormat('en-CA', {
    timeZone: file.order.number_time_zone,
    ...({ year: 'numeric', month: '2-digit', day: '2-digit' } as const),
  });
  return {
    sequenceKey: environment.ORDER_NUMBER_SEQUENCE_KEY,
    dayOf: (at) => calendar.format(new Date(at)).replaceAll('-', ''),
    context: {
      now: new Date().toISOString(),
      policy: {
        returnWindowDays: environment.ORDER_RETURN_WINDOW_DAYS,
        autoCancelHours: environment.ORDER_AUTO_CANCEL_DRAFT_HOURS,
        cancelGraceSeconds: environment.ORDER_CANCEL_GRACE_SECONDS,
        partialCancellations: file.order.enable_partial_cancellations,
        returns: file.order.enable_returns,
        defaultCountry: file.order.default_country,
        waitingHours: 24,
      },
    },
  };
}

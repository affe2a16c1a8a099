const ids = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|ORD-\d{8}-\d{6,19})$/i;

/** An order's id or number for the log: any other text of the client is left out. */
export const orderIdIn = (value: unknown): string | undefined =>
  typeof value === 'string' && ids.test(value) ? value : undefined;

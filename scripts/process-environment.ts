/** An app of dapr.yaml, as far as its environment tells what it is. */
interface AppEnvironment {
  readonly env: Readonly<Record<string, string>>;
}

/** Secrets that only the order service itself reads. */
const ofTheService = ['ORDER_SECRET', 'ORDER_OLD_SECRETS', 'ORDER_DATABASE_DSN', 'ORDER_MIGRATION_DSN'] as const;

/** Secrets that the service and the sidecars read. */
const ofRedis = ['ORDER_REDIS_ADDR', 'ORDER_REDIS_PASSWORD'] as const;

/** Whether an app of dapr.yaml is a replica of the order service. */
export function isReplica(app: AppEnvironment): boolean {
  return app.env['ORDER_HTTP_PORT'] !== undefined;
}

/** Whether an app of dapr.yaml is the sandbox. */
export function isSandbox(app: AppEnvironment): boolean {
  return app.env['ORDER_SANDBOX_PORT'] !== undefined;
}

/** The shared variables that an app or its sidecar does not need, and therefore does not get. */
export const withheldFrom = (app: AppEnvironment, process: 'app' | 'sidecar'): readonly string[] => {
  if (process === 'sidecar') return isSandbox(app) ? [...ofTheService, 'APP_API_TOKEN'] : ofTheService;
  return isSandbox(app) ? [...ofTheService, ...ofRedis, 'APP_API_TOKEN'] : [];
};

/** An environment without some variables. */
export const without = (env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

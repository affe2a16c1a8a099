import { join } from 'node:path';
import { z } from 'zod';
import { dataFolder } from '../configs/data-folder.js';

const port = z.coerce.number().int().min(0).max(65_535);

/** What can be set. docs/configuration.md explains each, and a test keeps the two together. */
export const environmentSchema = z.object({
  ORDER_SANDBOX_PORT: port.default(8090),
  ORDER_SANDBOX_STEP_MS: z.coerce.number().int().min(0).max(86_400_000).default(1000),
  ORDER_SANDBOX_DATA: z.string().min(1).optional(),
  DAPR_HTTP_PORT: port.default(3590),
  DAPR_API_TOKEN: z.string().min(1).optional(),
});

/** Settings of the sandbox. */
export interface SandboxConfig {
  port: number;
  /** Time between the steps of a fulfilment walk, milliseconds. */
  stepMs: number;
  /** Folder of its store. */
  folder: string;
  /** HTTP port of its own sidecar, and the token that one demands, if any. */
  daprPort: number;
  daprApiToken: string | undefined;
}

/** Reads the environment. Throws an error that names every fault. */
export function readConfig(env: NodeJS.ProcessEnv): SandboxConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  }
  return {
    port: parsed.data.ORDER_SANDBOX_PORT,
    stepMs: parsed.data.ORDER_SANDBOX_STEP_MS,
    folder: parsed.data.ORDER_SANDBOX_DATA ?? join(dataFolder(env), 'sandbox'),
    daprPort: parsed.data.DAPR_HTTP_PORT,
    daprApiToken: parsed.data.DAPR_API_TOKEN,
  };
}

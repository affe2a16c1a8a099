import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Kafka } from './kafka.js';
import { projectRoot } from './paths.js';

const componentFile = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ metadata: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })) }),
});

/**
 * Writes the component of production (components/production/pubsub.yaml) for a broker of this machine in place of the
 * local one. Its values are given, and the consumer group is left out, since it is then the app id: the sandbox has a
 * group of its own.
 *
 * @param folder the copy of components/local that the sidecars of the stack read
 */
export function writeKafkaComponent(folder: string, kafka: Kafka): void {
  const production = componentFile.parse(
    parse(readFileSync(join(projectRoot, 'components', 'production', 'pubsub.yaml'), 'utf8')),
  );
  const given: Readonly<Record<string, string>> = {
    brokers: kafka.brokers,
    saslUsername: kafka.username,
    saslPassword: kafka.password,
  };
  const metadata = production.spec.metadata
    .filter(({ name }) => name !== 'consumerGroup')
    .map(({ name, value }) => ({ name, value: given[name] ?? value }));
  const component = {
    ...production,
    ...{ auth: undefined, scopes: undefined, metadata: { name: production.metadata.name } },
    spec: { ...production.spec, metadata: [...metadata, { name: 'caCert', value: kafka.certificate }] },
  };
  writeFileSync(join(folder, 'pubsub.yaml'), stringify(component), { mode: 0o600 });
}

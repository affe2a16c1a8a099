/** What the configuration of the broker depends on. */
export interface KafkaPlace {
  readonly ports: { readonly broker: number; readonly controller: number };
  readonly dataFolder: string;
  /** PEM file: private key and certificate. */
  readonly keystore: string;
  /** PEM file: certificate. */
  readonly certificate: string;
  /** Of the user `admin`, as which the broker talks to itself. */
  readonly adminPassword: string;
}

const mechanism = 'SCRAM-SHA-512';

/** `server.properties` of one KRaft node that is broker and controller, with SASL and TLS for clients. */
export function kafkaProperties({ ports, dataFolder, keystore, certificate, adminPassword }: KafkaPlace): string {
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`,
    listeners: `SASL_SSL://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `SASL_SSL://127.0.0.1:${ports.broker}`,
    'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'SASL_SSL',
    'controller.listener.names': 'CONTROLLER',
    'sasl.enabled.mechanisms': mechanism,
    'sasl.mechanism.inter.broker.protocol': mechanism,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login} username="admin" password="${adminPassword}";`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificate,
    'log.dirs': dataFolder,
    'num.partitions': 4,
    // An acknowledged event survives the death of the process without this; the machine's is what replicas are for.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

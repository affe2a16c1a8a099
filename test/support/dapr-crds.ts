/**
 * What a Kubernetes API server with Dapr's custom resource definitions accepts, for the parts that components/ uses.
 * Written by hand after the definitions of Dapr 1.18.1 (charts/dapr/crds): their required fields, their types, and the
 * fields that we use of them. A field that is not here is reported, since the server rejects fields it does not know;
 * one that a later file needs is added after a look at the definition.
 */
export type Shape =
  | 'string'
  | 'boolean'
  | 'integer'
  /** Any value: `x-kubernetes-preserve-unknown-fields`. */
  | 'any'
  | { readonly items: Shape }
  /** Any keys, values of this shape. */
  | { readonly values: Shape }
  | { readonly fields: Readonly<Record<string, Shape>>; readonly required?: readonly string[] };

const secretKeyRef: Shape = { fields: { name: 'string', key: 'string' }, required: ['name'] };
const nameValue: Shape = {
  fields: { name: 'string', value: 'any', envRef: 'string', secretKeyRef },
  required: ['name'],
};
const allowedApi: Shape = {
  fields: { name: 'string', version: 'string', protocol: 'string' },
  required: ['name', 'version'],
};
const resource = (spec: Shape, more: Readonly<Record<string, Shape>> = {}): Shape => ({
  fields: { apiVersion: 'string', kind: 'string', metadata: 'any', spec, ...more },
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
});
const scopes: Shape = { items: 'string' };
const auth: Shape = { fields: { secretStore: 'string' }, required: ['secretStore'] };

const accessControl: Shape = {
  fields: {
    defaultAction: 'string',
    trustDomain: 'string',
    policies: {
      items: {
        fields: {
          appId: 'string',
          namespace: 'string',
          trustDomain: 'string',
          defaultAction: 'string',
          operations: {
            items: {
              fields: { name: 'string', httpVerb: { items: 'string' }, action: 'string' },
              required: ['action', 'name'],
            },
          },
        },
        required: ['appId'],
      },
    },
  },
};

const otel: Shape = {
  fields: { endpointAddress: 'string', isSecure: 'boolean', protocol: 'string' },
  required: ['endpointAddress', 'isSecure', 'protocol'],
};

const configuration = resource({
  fields: {
    accessControl,
    api: { fields: { allowed: { items: allowedApi }, denied: { items: allowedApi } } },
    httpPipeline: {
      fields: { handlers: { items: { fields: { name: 'string', type: 'string' }, required: ['name', 'type'] } } },
      required: ['handlers'],
    },
    metrics: {
      fields: { enabled: 'boolean', http: { fields: { increasedCardinality: 'boolean' } } },
      required: ['enabled'],
    },
    nameResolution: {
      fields: { component: 'string', version: 'string', configuration: 'any' },
      required: ['component', 'configuration', 'version'],
    },
    tracing: { fields: { samplingRate: 'string', stdout: 'boolean', otel }, required: ['samplingRate'] },
  },
});

const component = resource(
  {
    fields: { type: 'string', version: 'string', ignoreErrors: 'boolean', metadata: { items: nameValue } },
    required: ['metadata', 'type', 'version'],
  },
  { auth, scopes },
);

const subscription = resource(
  {
    fields: {
      pubsubname: 'string',
      topic: 'string',
      routes: { fields: { default: 'string' } },
      deadLetterTopic: 'string',
      bulkSubscribe: {
        fields: { enabled: 'boolean', maxMessagesCount: 'integer', maxAwaitDurationMs: 'integer' },
        required: ['enabled'],
      },
    },
    required: ['pubsubname', 'routes', 'topic'],
  },
  { scopes },
);

const policyNames: Shape = { fields: { timeout: 'string', retry: 'string', circuitBreaker: 'string' } };
const retry: Shape = {
  fields: {
    policy: 'string',
    duration: 'string',
    maxInterval: 'string',
    maxRetries: 'integer',
    matching: { fields: { httpStatusCodes: 'string', gRPCStatusCodes: 'string' } },
  },
};
const resiliency = resource(
  {
    fields: {
      policies: { fields: { timeouts: { values: 'string' }, retries: { values: retry } } },
      targets: {
        fields: {
          apps: { values: policyNames },
          components: { values: { fields: { inbound: policyNames, outbound: policyNames } } },
        },
      },
    },
    required: ['policies', 'targets'],
  },
  { scopes },
);

const httpEndpoint = resource(
  { fields: { baseUrl: 'string', headers: { items: nameValue } }, required: ['baseUrl'] },
  { auth, scopes },
);

/** By `apiVersion` and `kind`. */
export const daprResources: Readonly<Record<string, Shape>> = {
  'dapr.io/v1alpha1 Configuration': configuration,
  'dapr.io/v1alpha1 Component': component,
  'dapr.io/v2alpha1 Subscription': subscription,
  'dapr.io/v1alpha1 Resiliency': resiliency,
  'dapr.io/v1alpha1 HTTPEndpoint': httpEndpoint,
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every reason for which the value does not have the shape, with the path of each. */
export const faultsOf = (value: unknown, shape: Shape, path = ''): readonly string[] => {
  if (shape === 'any') return [];
  if (shape === 'integer') return Number.isInteger(value) ? [] : [`${path}: must be an integer`];
  if (typeof shape === 'string') return typeof value === shape ? [] : [`${path}: must be a ${shape}`];
  if ('items' in shape) {
    if (!Array.isArray(value)) return [`${path}: must be an array`];
    return value.flatMap((item, index) => faultsOf(item, shape.items, `${path}[${index}]`));
  }
  if (!isRecord(value)) return [`${path}: must be an object`];
  if ('values' in shape)
    return Object.entries(value).flatMap(([key, inner]) => faultsOf(inner, shape.values, `${path}.${key}`));
  const missing = (shape.required ?? []).filter((name) => value[name] === undefined);
  const inner = Object.entries(value).flatMap(([key, field]) => {
    const known = shape.fields[key];
    return known === undefined ? [`${path}.${key}: unknown field`] : faultsOf(field, known, `${path}.${key}`);
  });
  return [...missing.map((name) => `${path}.${name}: required`), ...inner];
};

import { ActorId, ActorProxyBuilder, type DaprClient } from '@dapr/dapr';

/**
 * An order's actor as its callers see it: the SDK's proxy takes the actor type from the name of this class and sends each
 * method call to the sidecar. Never return a proxy from an async function: awaiting it calls a method `then`.
 */
class OrderActor {
  /**
   * @throws Error when infrastructure failed; see `statusOfSdkError`. There is no time limit
   * @returns what the actor answered, or whatever else came with a status below 400
   */
  declare readonly execute: (signed: unknown) => Promise<unknown>;
}

/** Sends a signed command to an order's actor, wherever placement has put it. */
export type CallOrderActor = (orderId: string, signed: unknown) => Promise<unknown>;

/** Calls actors through the SDK's proxies. */
export const createOrderProxies = (dapr: DaprClient): CallOrderActor => {
  const builder = new ActorProxyBuilder(OrderActor, dapr);
  return (orderId, signed) => builder.build(new ActorId(orderId)).execute(signed);
};

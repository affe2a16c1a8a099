import { cutToDepth } from '../events/nesting.js';

/**
 * The deepest JSON in a message: protobuf decodes messages in messages up to 100 levels ("Recursion limit" of its
 * implementations), and `google.protobuf.Struct` takes three for each level of JSON.
 */
const deepestInMessage = 30;

/** JSON of any depth for a message; what is nested deeper is cut, and whole over REST. */
export const cutForMessage = <T>(value: T): T => cutToDepth(value, deepestInMessage) as T;

import { cutPage, fitting, mostPageBytes, type Page } from '../page.js';
import { cutToDepth } from '../events/nesting.js';

/** A message is at most so many times as long as its JSON: a one-digit number in metadata takes eleven bytes for two. */
const mostGrowth = 8;

/** The tag and length of each message of a page. */
const perEntry = 6;

/** The messages of a page that fit into an answer, and the token that goes on after them. */
export const messagesOf = <T, M>(
  page: Page<T>,
  toMessage: (entry: T) => M,
  type: { encode(message: M): { finish(): Uint8Array } },
): { readonly messages: M[]; readonly nextPageToken: string } => {
  const messages = page.entries.map(toMessage);
  if (page.jsonBytes * mostGrowth <= mostPageBytes) return { messages, nextPageToken: page.nextPageToken };
  const count = fitting(messages.map((message) => type.encode(message).finish().length + perEntry));
  return { messages: messages.slice(0, count), nextPageToken: cutPage(page, count).nextPageToken };
};

/**
 * The deepest JSON in a message: protobuf decodes messages in messages up to 100 levels ("Recursion limit" of its
 * implementations), and `google.protobuf.Struct` takes three for each level of JSON.
 */
const deepestInMessage = 30;

/** JSON of any depth for a message; what is nested deeper is cut, and whole over REST. */
export const cutForMessage = <T>(value: T): T => cutToDepth(value, deepestInMessage) as T;

import type { Order } from '../../actors/rules/order.js';

/** One message of a stream. */
export interface Message {
  readonly id: string;
  readonly order: Order;
}

/** A stream that is open. */
export interface Stream {
  readonly messages: AsyncIterable<Message>;
  /** Breaks the connection off. */
  cut(): void;
}

const field = (block: string, name: string): string | undefined =>
  block
    .split('\n')
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2);

const messageIn = (block: string): Message | undefined => {
  const [id, data] = [field(block, 'id'), field(block, 'data')];
  if (id === undefined || data === undefined) return undefined;
  return { id, order: (JSON.parse(data) as { readonly order: Order }).order };
};

async function* messagesIn(body: ReadableStream<Uint8Array>, cut: AbortSignal): AsyncGenerator<Message> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const message = messageIn(block);
        if (message !== undefined) yield message;
      }
    }
  } catch (error) {
    if (!cut.aborted) throw error;
  }
}

/** Opens a stream of Server-Sent Events; the response itself where it is none. */
export const openStream = async (
  url: string,
  token: string,
  lastEventId?: string,
): Promise<{ readonly response: Response; readonly stream: Stream | undefined }> => {
  const cut = new AbortController();
  const response = await fetch(url, {
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: cut.signal,
  });
  const { body } = response;
  if (!response.ok || body === null) return { response, stream: undefined };
  const stream = {
    messages: messagesIn(body, cut.signal),
    cut: () => {
      cut.abort();
    },
  };
  return { response, stream };
};

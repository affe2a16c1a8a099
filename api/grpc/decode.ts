import { types } from 'node:util';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { type BodySize, bodyLimits, tooLarge } from '../limits.js';
import { fail, ok, type Result } from '../errors.js';

/** A generated message, as far as reading needs it. */
export interface MessageType<T> {
  /** The message with nothing set. */
  create(): T;
  decode(input: BinaryReader): T;
}

/** Holds the wire to what the generated code lets pass: text is UTF-8, and a JSON number is neither NaN nor infinite. */
class StrictReader extends BinaryReader {
  override string(): string {
    return super.string(true);
  }

  override double(): number {
    const value = super.double();
    if (!Number.isFinite(value)) throw new RangeError('a number that JSON does not know');
    return value;
  }
}

const unreadable = fail({
  code: 'validation_failed',
  detail: 'The message cannot be decoded.',
  errors: [{ path: '', message: 'cannot be decoded' }],
});

/** Reads a message off the wire; `validation_failed` for one that is none, `payload_too_large` beyond its limit. */
export const decode = <T>(type: MessageType<T>, bytes: Uint8Array, size: BodySize = 'usual'): Result<T> => {
  if (bytes.length > bodyLimits[size]) return fail({ code: 'payload_too_large', detail: tooLarge(size) });
  const reader = new StrictReader(bytes);
  try {
    const message = type.decode(reader);
    // The generated code stops at a tag that cannot be and forgets the rest.
    return reader.pos === reader.len ? ok(message) : unreadable;
  } catch (error) {
    // Generated decoders throw plain errors of many kinds; whatever they do not like is the message's fault.
    if (types.isNativeError(error)) return unreadable;
    throw error;
  }
};

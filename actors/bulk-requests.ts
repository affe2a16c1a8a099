/** A caller's key and the hash of the call that it stands for, to be kept by the very statement that acts. */
export interface Claim {
  readonly commandId: string;
  readonly requestHash: string;
}

/** Which bulk requests were begun. Every method is one statement; all throw only for infrastructure. */
export interface BulkRequests {
  /**
   * Keeps what a key stands for, once and forever.
   *
   * @returns the hash that the key stands for, this one where it is new
   */
  keep(commandId: string, requestHash: string): Promise<string>;
  /** The hash that a key stands for, if any. */
  find(commandId: string): Promise<string | undefined>;
}

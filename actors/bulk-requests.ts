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

/** An event that could not be applied, as it came, and why. */
export interface DeadLetter {
  readonly topic: string;
  readonly source: string;
  readonly eventId: string;
  readonly orderId?: string | undefined;
  readonly payload: unknown;
  readonly reason: string;
}

/** Where they are kept until somebody acts. */
export interface DeadLetters {
  /** Keeps it; the same topic, source and id once. */
  add(letter: DeadLetter): Promise<void>;
}

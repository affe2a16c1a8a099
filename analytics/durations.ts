/**
 * Durations in bins that can be added up over hours and replicas (a log-linear histogram, as HDR histograms are): each
 * millisecond below 128 is a bin of its own; from there on every doubling has 64 bins of one width. Whole numbers only, so
 * that the same duration falls into the same bin on every machine, for ever.
 */
const linear = 128;
const binsPerDoubling = linear / 2;

/** The bin of a duration in milliseconds; less than nothing, as clocks of two machines may tell, is nothing. */
export const binOf = (ms: number): number => {
  let scaled = Math.max(0, Math.floor(ms));
  let doublings = 0;
  for (; scaled >= linear; doublings += 1) scaled = Math.floor(scaled / 2);
  return doublings * binsPerDoubling + scaled;
};

/** The middle of a bin, in milliseconds: at most 0.8 % off whatever fell into it. */
export const middleOf = (bin: number): number => {
  if (bin < linear) return bin;
  const doublings = Math.floor(bin / binsPerDoubling) - 1;
  const width = 2 ** doublings;
  return (bin - doublings * binsPerDoubling) * width + (width - 1) / 2;
};

/** How many durations fell into a bin. */
export interface BinCount {
  readonly bin: number;
  readonly count: number;
}

/**
 * The duration that this share of all is not longer than (nearest rank), in milliseconds.
 *
 * @param bins in any order
 * @param share above 0, at most 1
 * @returns undefined where there are none
 */
export const percentile = (bins: readonly BinCount[], share: number): number | undefined => {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  let rank = Math.ceil(total * share);
  const found = bins.toSorted((a, b) => a.bin - b.bin).find(({ count }) => (rank -= count) <= 0);
  return found === undefined || total === 0 ? undefined : middleOf(found.bin);
};

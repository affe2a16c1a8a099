/**
 * What settles first, or `late` where nothing does in time. Nothing is aborted: what is late continues.
 *
 * @param milliseconds how long to wait
 */
export const firstWithin = async <T, L>(
  works: readonly Promise<T>[],
  milliseconds: number,
  late: L,
): Promise<T | L> => {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<L>((resolve) => {
    timer = setTimeout(resolve, milliseconds, late);
  });
  try {
    return await Promise.race([...works, timeUp]);
  } finally {
    clearTimeout(timer);
  }
};

/** Enough to keep a disk busy, few enough for the limit on open files. */
const atOnce = 32;

/** Runs `work` on all, a limited number at a time. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

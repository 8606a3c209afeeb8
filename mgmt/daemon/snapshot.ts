/**
 * Keeps what `build` made until `version` changes. What a request gets is never older than what was
 * committed when it asked, as far as `version` tells. One build runs at a time: who asks for a
 * newer version meanwhile waits for its end, then all of them for the same next one, so that tables
 * which change all the time cost one build after the other and no more. A failed build is tried
 * again by the next who asks.
 */
export function cachedByVersion<T>(
  version: () => Promise<string>,
  build: () => Promise<T>,
): () => Promise<T> {
  let made: { readonly version: string; readonly value: Promise<T> } | undefined;
  let running: Promise<void> | undefined;
  const start = (current: string): Promise<T> => {
    const value = build();
    const built = { version: current, value };
    made = built;
    running = value.then(
      () => void (running = undefined),
      () => {
        running = undefined;
        if (made === built) made = undefined;
      },
    );
    return value;
  };
  return async () => {
    let current = await version();
    for (;;) {
      if (made?.version === current) return made.value;
      if (running === undefined) return start(current);
      await running;
      current = await version();
    }
  };
}

/**
 * Asks once for all who ask in the same turn of the event loop: a storm's requests come many at a
 * time. What was ready to be read when the turn began was sent before anybody asked, so nobody gets
 * what is older than its request.
 */
export function oncePerTurn<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    if (asked !== undefined) return asked;
    setImmediate(() => (asked = undefined));
    asked = ask();
    return asked;
  };
}

/** What long work is given. */
export interface Work {
  readonly signal: AbortSignal;
  /** Bytes done so far. */
  readonly onBytes: (bytes: number) => void;
}

/** Counts what passes. */
export async function* counted(
  chunks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    onBytes((bytes += chunk.length));
    yield chunk;
  }
}

import { vi } from 'vitest';

/** Milliseconds: a machine may be busy with other tests, and what is waited for with all of them. */
const timeout = 30_000;

/** Looks again and again until what it sees is truthy, and gives that. */
export async function eventually<T>(look: () => T | Promise<T>) {
  return vi.waitUntil(look, { timeout });
}

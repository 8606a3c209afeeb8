import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Lends `use` a directory below `parent` that nobody else can look into, because it holds keys. */
export async function withClosedDirectory<T>(
  parent: string,
  use: (work: string) => Promise<T>,
): Promise<T> {
  // mkdtemp(3) makes it with mode 0700.
  const work = await mkdtemp(join(parent, '.certificates-'));
  try {
    return await use(work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

import type { Member, Part } from '../../agent/files/archive.ts';

/** A member of an archive; what is not told is an empty file of root's. */
export function member(told: Partial<Member>): Member {
  return {
    type: 'file',
    path: 'a',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 1_700_000_000,
    size: 0,
    target: '',
    device: { major: 0, minor: 0 },
    ...told,
  };
}

export async function* partsOf(...parts: readonly Part[]): AsyncGenerator<Part> {
  yield* parts;
}

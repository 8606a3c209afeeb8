import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { explainError } from '../../../../agent/errors.ts';
import { credentials } from '../../../../mgmt/postscripts/credentials.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const name = 'ssh_host_ed25519_key';
/** Has its runs counted while it makes a key, which takes a while. */
const slowProgram = (place: string) => `#!/bin/sh
PATH=/usr/bin:/bin
: >${place}/running/$$
ls ${place}/running | wc -l >>${place}/counts
while [ $# -gt 1 ]; do shift; done
sleep 0.1
for key in "$1" "$1.pub"; do echo key >"$key"; done
rm ${place}/running/$$
`;

let directory: string;
/** Where ssh-keygen is, or is not. */
let programs: string;

beforeEach(async () => {
  const root = await tempRoot();
  onTestFinished(() => root[Symbol.asyncDispose]());
  directory = join(root.path, 'hostkeys');
  programs = join(root.path, 'programs');
  await mkdir(join(programs, 'running'), { recursive: true });
  vi.stubEnv('PATH', programs);
  onTestFinished(() => void vi.unstubAllEnvs());
});

/** Replaces the ssh-keygen of this machine. */
async function program(text: string, mode = 0o755): Promise<void> {
  await writeFile(join(programs, 'ssh-keygen'), text, { mode });
}

const keys = () => credentials(directory, '/none');

/** What is said of a key that cannot be made. */
async function refusal(): Promise<string> {
  return keys()
    .read('n1', name)
    .then(
      () => 'there is a key',
      (error: unknown) => explainError(error).join('\n'),
    );
}

test('however many nodes boot, few keys are made at the same time; all get theirs', async () => {
  await program(slowProgram(programs));
  const { read } = keys();
  const nodes = Array.from({ length: 24 }, (_, index) => `n${index}`);
  const made = await Promise.all(nodes.map((node) => read(node, name)));
  expect(made).toEqual(nodes.map(() => 'key\n'));
  const counts = (await readFile(join(programs, 'counts'), 'utf8')).trim().split('\n');
  expect(counts).toHaveLength(48);
  expect(Math.max(...counts.map(Number))).toBeLessThanOrEqual(8);
  expect((await readdir(directory)).toSorted()).toEqual(nodes.toSorted());
});

describe('a key that cannot be made', () => {
  test('is the fault of a machine without ssh-keygen', async () => {
    expect(await refusal()).toContain('install the ssh client programs');
  });

  test.for([
    ['one that fails', '#!/bin/sh\necho "no space left" >&2\nexit 1\n', 0o755, 'no space left'],
    ['one that may not run', '#!/bin/sh\n', 0o644, 'EACCES'],
  ] as const)('is not with %s, which says why', async ([, text, mode, why]) => {
    await program(text, mode);
    const said = await refusal();
    expect(said).toContain(why);
    expect(said).not.toContain('install');
    expect(await readdir(directory)).toEqual([]);
  });
});

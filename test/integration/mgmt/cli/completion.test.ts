import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { readNames } from '../../../../mgmt/completion/read-names.ts';
import { nodelist } from '../../../../mgmt/db/node-tables.ts';
import { openStore } from '../../../../mgmt/db/store.ts';
import { databaseKinds } from '../../../helpers/databases.ts';
import { type Management, management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../../../mgmt/main.ts');

/** Lines as they are typed, each \t a TAB, and the words that the command is then run with. */
const lines = [
  ['nodels cn01,log\t nodetype.o\t', '<cn01,login1><nodetype.os>'],
  ["nodels 'cn[01-02],log\t", '<cn[01-02],login1>'],
  ['chtab image=d\t litef\timag\tde\t', '<image=deb12><litefile.image=deb12>'],
  ['lslite --image=d\t', '<--image=deb12>'],
  ['tabrestore li\t', '<lite file.csv>'],
  ['statelite expo\tx\tdir\t', '<export><xcat><directory'],
  ['nodels x\t', '<x>.'],
] as const;

const shells = [
  { shell: 'bash', options: '--norc --noprofile -i', before: [] },
  { shell: 'zsh', options: '-f -i', before: ['autoload -U compinit', 'compinit -u -D'] },
] as const;

describe.for(shells)('$shell', ({ shell, options, before }) => {
  test('completes what is typed at its prompt', { timeout: 120_000 }, async ({ mn }) => {
    await prepare(mn);
    const output = await inTerminal(mn, `${shell} ${options}`, [
      ...before,
      `source <(statelite completion ${shell})`,
      'PS1=; PS2=',
      // The command only shows its words; the program itself is still asked for candidates.
      ...['statelite', 'nodels', 'chtab', 'lslite', 'tabrestore'].map(
        (name) => `${name}() { printf '<%s>' "$@"; echo .; }`,
      ),
      ...lines.map(([line]) => line),
      'exit',
    ]);
    for (const [, words] of lines) expect(output).toContain(words);
    expect(await readdir(mn.directory)).not.toContain('hacked');
  });
});

test('fish completes what is typed', { timeout: 120_000 }, async ({ mn }) => {
  await prepare(mn);
  const asked = [
    ['nodels cn01,log', 'cn01,login1\tnode'],
    ["nodels 'cn[01-02],log", 'cn[01-02],login1\tnode'],
    ['chtab image=d', 'image=deb12'],
    ['lslite --image=d', '--image=deb12'],
    ['tabdump litefile --file=li', '--file=lite file.csv'],
    ['statelite export xcat dir', 'directory/\tDirectory'],
    ['nodels x', ''],
  ] as const;
  for (const [line, expected] of asked) {
    const { stdout } = await run(
      'fish',
      ['-N', '-c', 'statelite completion fish | source; complete -C $argv', line],
      surroundings(mn),
    );
    expect(stdout.trim()).toBe(expected);
  }
});

describe.each(databaseKinds)('names from $kind', ({ start }) => {
  test('are those of rows in use', async () => {
    await using databases = await start();
    const database = await databases.create();
    const store = openStore(database);
    await store.insertAll(nodelist, [
      { node: 'cn01', groups: 'compute, all' },
      { node: 'cn02', groups: 'all', disable: '1' },
    ]);
    await store.close();

    const names = readNames(database);
    expect(await names('nodelist.node')).toEqual(['cn01']);
    expect(await names('nodelist.groups')).toEqual(['compute', 'all']);
    expect(await names('nodelist.nosuch')).toEqual([]);
  });
});

const stdin = async () => 'nodels\0c\0';

describe('asking for candidates', () => {
  const asking = ['completion', 'bash', '--answer'];

  test('makes no database', async () => {
    await using mn = await management({ stdin });
    expect(await mn.run(...asking)).toEqual({ code: 0, out: ['0 words'], err: '' });
    expect(await readdir(mn.directory)).toEqual([]);
  });

  test('changes nothing in a database that there is', async () => {
    await using mn = await management({ stdin });
    await mn.run('nodeadd', 'cn01', 'groups=compute');
    const store = mn.store();
    const before = await store.dataVersion();
    expect((await mn.run(...asking)).out).toEqual(['0 words', 'cn01', 'compute']);
    expect(await store.dataVersion()).toBe(before);
  });

  test('says nothing about a database that cannot be read', async () => {
    await using mn = await management({ stdin });
    await mkdir(join(mn.directory, 'state'));
    await mn.write('state/statelite.db', 'no database at all');
    expect(await mn.run(...asking)).toEqual({ code: 0, out: ['0 words'], err: '' });
  });
});

/** Nodes, an image, a file and a directory; and a node whose name is a command. */
async function prepare(mn: Management): Promise<void> {
  await mn.run('nodeadd', 'cn[01-02],login1', 'groups=compute');
  await mn.run('chtab', 'imagename=deb12', 'osimage.provmethod=statelite');
  const file = new DatabaseSync(mn.database);
  file.exec("INSERT INTO nodelist (node) VALUES ('x$(touch hacked)'), ('x;touch hacked')");
  file.close();
  await mkdir(join(mn.directory, 'directory'));
  await mn.write('lite file.csv', '');
  await mkdir(join(mn.directory, 'bin'));
  const start = `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`;
  await writeFile(join(mn.directory, 'bin/statelite'), start, { mode: 0o755 });
}

function surroundings(mn: Management) {
  const env = {
    ...mn.io.env,
    PATH: `${join(mn.directory, 'bin')}:/usr/bin:/bin`,
    HOME: mn.directory,
    TERM: 'dumb',
    NODE_COMPILE_CACHE: join(mn.directory, 'bin/cache'),
  };
  return { cwd: mn.directory, env };
}

/** What a shell shows in a terminal of its own (script(1)) while these lines are typed. */
async function inTerminal(
  mn: Management,
  shell: string,
  typed: readonly string[],
): Promise<string> {
  const running = run('script', ['-qec', shell, '/dev/null'], surroundings(mn));
  running.child.stdin?.end(`${typed.join('\n')}\n`);
  const { stdout } = await running;
  return stdout;
}

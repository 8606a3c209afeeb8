import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hostIn, thisHost } from '../../../../mgmt/preview/host.ts';

describe('what this host sees of servers', () => {
  test.each(['localhost', '127.0.0.1', '[::1]', hostname()])(
    'are its own directories, as %s',
    async (server) => {
      await using there = await mkdtempDisposable(join(tmpdir(), 'statelite-host-'));
      const host = await thisHost();
      expect(await host.see({ server, directory: there.path })).toEqual({ directory: there.path });
      const gone = { server, directory: join(there.path, 'none') };
      expect(await host.see(gone)).toEqual({
        missing: `this host has no directory ${gone.directory}`,
      });
    },
  );

  test('is no directory where a file is', async () => {
    await using there = await mkdtempDisposable(join(tmpdir(), 'statelite-host-'));
    const file = join(there.path, 'file');
    await writeFile(file, '');
    expect(await (await thisHost()).see({ server: 'localhost', directory: file })).toEqual({
      missing: `${file} is no directory on this host`,
    });
  });

  test('is nothing of a server that nobody knows, or that is elsewhere', async () => {
    const host = await thisHost();
    expect(await host.see({ server: 'none.invalid', directory: '/x' })).toEqual({
      unseen: 'none.invalid has no address here, and this one has not mounted the directory',
    });
    expect(await host.see({ server: '192.0.2.1', directory: '/x' })).toEqual({
      unseen: '192.0.2.1 is another host, and this one has not mounted the directory',
    });
  });

  test('is what it has mounted from them, by any name of theirs', async () => {
    await using there = await mkdtempDisposable(join(tmpdir(), 'statelite-host-'));
    await mkdir(join(there.path, 'n1'));
    const host = hostIn({
      own: new Set(),
      mounts: [{ server: '192.0.2.9', exported: '/trees', at: there.path }],
      addresses: async (server) => (server === 'nfs1' ? ['192.0.2.9'] : [server]),
    });
    const see = (directory: string) => host.see({ server: 'nfs1', directory });
    expect(await see('/trees/n1')).toEqual({ directory: join(there.path, 'n1') });
    expect(await see('/trees/n2')).toEqual({
      unseen: `it is mounted on ${there.path}, which does not show it`,
    });
    expect(await see('/treesaside')).toHaveProperty('unseen');
  });
});

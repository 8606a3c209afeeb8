import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countPackages, readPackages } from '../../../../mgmt/image/generations/packages.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import { listing } from '../liteimg/workshop.ts';

/** A package without files. */
function buildRpm(directory: string, name: string, version: string): string {
  const spec = join(directory, `${name}.spec`);
  plantTree(directory, {
    [`${name}.spec`]: `Name: ${name}\nVersion: ${version}\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%description\nx\n%files\n`,
  });
  execFileSync('rpmbuild', ['-bb', '--define', `_topdir ${directory}/build`, spec], {
    stdio: 'ignore',
  });
  return join(directory, 'build/RPMS/noarch', `${name}-${version}-1.noarch.rpm`);
}

test.for(['/usr/lib/sysimage/rpm', '/var/lib/rpm'])(
  'packages are read from the database of rpm in %s, which is left alone',
  async (path) => {
    await using directory = await tempRoot();
    const root = join(directory.path, 'root');
    const database = root + path;
    mkdirSync(database, { recursive: true });
    const files = [
      buildRpm(directory.path, 'tool', '1.2'),
      buildRpm(directory.path, 'library', '3'),
    ];
    execFileSync('rpm', ['--dbpath', database, '--install', '--justdb', '--nodeps', ...files]);
    const before = listing(database, 'everything');
    expect(await readPackages(root)).toEqual(
      new Map([
        ['library.noarch', '3-1'],
        ['tool.noarch', '1.2-1'],
      ]),
    );
    expect(listing(database, 'everything')).toEqual(before);
    expect(readdirSync(root).length).toBe(1);
  },
);

test('an image without a database of packages has no count, nor one whose database leads out of it', async () => {
  await using directory = await tempRoot();
  const root = join(directory.path, 'root');
  plantTree(directory.path, {
    'outside/status': 'Package: a\nStatus: install ok installed\nVersion: 1\n',
    'root/var/lib/dpkg': { link: join(directory.path, 'outside') },
    'root/var/lib/rpm': { link: '/var/lib/rpm' },
  });
  expect(await countPackages(root)).toBeUndefined();
  plantTree(directory.path, { 'damaged/var/lib/rpm/rpmdb.sqlite': 'no database' });
  expect((await countPackages(join(directory.path, 'damaged'))) ?? 0).toBe(0);
});

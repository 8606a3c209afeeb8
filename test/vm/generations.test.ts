import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readReport } from '../../scripts/demo-report.ts';
import { installedKernel } from '../../vm/boot-file.ts';
import type { Cluster } from '../../vm/cluster.ts';
import type { Node } from '../../vm/node.ts';
import { rpmDistribution } from '../distributions/distribution.ts';
import { test } from './fixtures.ts';
import { bootToMultiUser, imageFromDisc } from './from-disc.ts';

const mac = '52:54:00:77:00:01';

/** Files of the first generation; a node looks for those in `unread` late, for the first time. */
const postinstall = `
for directory in etc/site usr/share/site; do
  mkdir -p "$1/$directory/unread"
  echo one > "$1/$directory/note"
  echo one > "$1/$directory/unread/note"
done
echo shared > "$1/usr/share/site/unread/shared"
`;

const notes = '/etc/site/note /usr/share/site/note';
const unread = '/etc/site/unread/note /usr/share/site/unread/note';
const shared = '/usr/share/site/unread/shared';

describe('generations of an image', () => {
  test('a running node keeps its own; what boots gets the current one', async ({ cluster }) => {
    const { management } = cluster;
    const image = await imageFromDisc(cluster, await rpmDistribution(), {
      platform: 'rh',
      pkglist: '@core\nkernel\n',
      postinstall,
    });
    const { osimage } = image;
    await cluster.addNode('cn01', { mac, ip: '10.77.0.11' });
    const old = await bootToMultiUser(cluster, 'cn01', image);
    expect(await old.run(`cat ${notes}`)).toBe('one\none\n');
    expect(await reportedGeneration(cluster)).toBe(1);

    const change = `for note in ${notes} ${unread}; do echo two > $note; done`;
    await management.run('image', 'run', osimage, '--', 'sh', '-c', change);

    // what mounts the image from now on has the new one; what runs has the old one, whole
    expect(await seenByMount(old, image.root, notes)).toBe('two\ntwo\n');
    expect(await old.run(`cat ${unread} ${notes}`)).toBe('one\none\none\none\n');
    expect(await generations(cluster, osimage)).toEqual(['1 cn01', '2 current']);
    expect(await management.run('image', 'gc', osimage, '--keep', '0')).toContain(
      'generation 1 stays: cn01 reported to run it',
    );

    // in place is in the current one, also where both had one file
    const mend = `for note in ${notes} ${shared}; do echo mended > $note; done`;
    await management.run('image', 'run', osimage, '--in-place', '--', 'sh', '-c', mend);
    expect(await old.run(`cat ${shared} ${notes}`)).toBe('shared\none\none\n');
    await old.powerOff();

    const node = await bootAgain(cluster);
    expect(await node.run(`cat ${notes} ${unread} ${shared}`)).toBe(
      'mended\nmended\ntwo\ntwo\nmended\n',
    );
    expect(await reportedGeneration(cluster)).toBe(2);
    expect(await generations(cluster, osimage)).toEqual(['1', '2 current cn01']);
    await node.powerOff();

    // at once: what the server remembers of the name is seconds old
    await management.run('image', 'rollback', osimage);
    const back = await bootAgain(cluster);
    expect(await back.run(`cat ${notes} ${unread} ${shared}`)).toBe('one\none\none\none\nshared\n');
    expect(await reportedGeneration(cluster)).toBe(1);
    expect(await generations(cluster, osimage)).toEqual(['1 current cn01', '2']);
    await back.powerOff();
    expect(await management.run('image', 'gc', osimage, '--keep', '0')).toContain(
      'generation 2 is removed',
    );
  });
});

/** Nothing is written anew for it, neither by nodeset nor for the servers. */
async function bootAgain({ rack, management }: Cluster): Promise<Node> {
  const kernel = await installedKernel(management, 'cn01', mac);
  const node = await rack.bootDirect('cn01', { ...kernel, mac });
  await node.sees('statelite: booted', { within: '60s' });
  await node.sees('multi-user reached by cn01');
  return node;
}

async function reportedGeneration({ management }: Cluster): Promise<number | undefined> {
  return (await readReport(join(management.state, 'reports/cn01'))).generation;
}

/** As `image list` has them: the number, whether it is the image, who runs it. */
async function generations({ management }: Cluster, osimage: string): Promise<string[]> {
  const rows: unknown = JSON.parse(await management.run('image', 'list', osimage, '--json'));
  if (!Array.isArray(rows)) throw new Error('image list prints no list');
  return rows.map(({ number, current, nodes }: Record<string, unknown>) =>
    [number, ...(current === true ? ['current'] : []), ...(Array.isArray(nodes) ? nodes : [])].join(
      ' ',
    ),
  );
}

/** What these files of the image are for who mounts it now; by NFSv3, where the server looks for the path. */
async function seenByMount(node: Node, root: string, files: string): Promise<string> {
  const options = 'ro,vers=3,nolock,proto=tcp,addr=10.77.0.1';
  await node.run(`mount -i -t nfs -o ${options} 10.77.0.1:${root} /mnt`);
  const seen = await node.run(
    `cd /mnt && cat ${files.replaceAll('/etc', 'etc').replaceAll('/usr', 'usr')}; cd /`,
  );
  await node.run('umount /mnt');
  return seen;
}

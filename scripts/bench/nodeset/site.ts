import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '../../../mgmt/db/store.ts';
import { tables } from '../../../mgmt/db/tables.ts';
import { fewestGroups, fillSite } from '../tables/site.ts';

/** The image that all nodes are to boot. */
export const image = 'debian12-x86_64-statelite-compute';

/** What firmware loads; what the machine has installed must not matter. */
const loaders = ['undionly.kpxe', 'snponly.efi', 'pxelinux.0', 'ldlinux.c32', 'yaboot'];

/**
 * A management node below `directory`: database, an image with a kernel, a tftpdir with loaders. Its
 * servers are addresses: a name server's speed is not what is measured.
 */
export async function fillNodeset(directory: string, nodes: number): Promise<void> {
  const [state, rootimgdir, tftpdir] = ['state', 'install/image', 'tftpboot'].map((name) =>
    join(directory, name),
  );
  if (state === undefined || rootimgdir === undefined || tftpdir === undefined) return;
  for (const path of [state, rootimgdir, join(tftpdir, 'boot/grub2')]) {
    await mkdir(path, { recursive: true });
  }
  for (const name of ['kernel', 'initrd-statelite.gz']) await writeFile(join(rootimgdir, name), '');
  for (const name of [...loaders, 'boot/grub2/grub2.x86_64'])
    await writeFile(join(tftpdir, name), '');
  const store = openStore(join(state, 'statelite.db'));
  try {
    await fillSite(store, { nodes, groups: Math.max(fewestGroups, Math.ceil(nodes / 50)) });
    await store.transaction(async (rows) => {
      const racks = (await rows.select(tables.noderes)).filter(
        ({ nfsserver }) => nfsserver !== null,
      );
      await rows.upsertAll(
        tables.noderes,
        racks.map(({ node }, rack) => ({ node, nfsserver: `10.255.0.${(rack % 8) + 1}` })),
      );
      await rows.upsert(tables.noderes, { node: 'all', xcatmaster: '10.255.255.254' });
      await rows.upsert(tables.osimage, { imagename: image, profile: 'compute' });
      await rows.upsert(tables.linuximage, { imagename: image, rootimgdir });
    });
  } finally {
    await store.close();
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCsv } from '../../../mgmt/db/csv.ts';
import type { Rows, Store } from '../../../mgmt/db/store.ts';
import type { NewRow } from '../../../mgmt/db/table.ts';
import { tables } from '../../../mgmt/db/tables.ts';

/** How large a site is; of its groups two have all nodes, the others are racks. */
export interface SiteSize {
  /** From 1. */
  readonly nodes: number;
  /** From `fewestGroups`. */
  readonly groups: number;
}

export const fewestGroups = 3;

/** xCAT's sample table for RedHat. */
const sampleTable = join(import.meta.dirname, '../../../test/fixtures/redhat-litefile.csv');
const images = ['debian12-x86_64-statelite-compute', 'debian12-x86_64-statelite-visual'] as const;

/** `cn00042`: the nodes are counted from 1. */
export function nodeName(number: number): string {
  return `cn${String(number).padStart(5, '0')}`;
}

/**
 * Fills a new database with a site: what differs from node to node has a row for each node, as
 * discovery and nodeset write them, everything else rows for groups.
 */
export async function fillSite(store: Store, size: SiteSize): Promise<void> {
  const litefile = parseCsv(await readFile(sampleTable, 'utf8'), tables.litefile, sampleTable);
  await store.transaction(async (rows) => {
    await fillNodes(rows, size);
    await fillGroups(rows, rackNames(size));
    await fillImages(rows);
    await rows.insertAll(
      tables.litefile,
      litefile.map(({ values }) => ({
        image: values['image'] ?? '',
        file: values['file'] ?? '',
        options: values['options'] ?? null,
      })),
    );
    await rows.insertAll(tables.litetree, litetree);
  });
}

async function fillNodes(rows: Rows, size: SiteSize): Promise<void> {
  const racks = rackNames(size);
  const nodes = Array.from({ length: size.nodes }, (_, index) => {
    const rack = Math.floor((index * racks.length) / size.nodes);
    const octets = [10, (index >> 16) & 255, (index >> 8) & 255, index & 255];
    return { node: nodeName(index + 1), rack, image: images[rack % 10 === 9 ? 1 : 0], octets };
  });
  await rows.insertAll(
    tables.nodelist,
    nodes.map(({ node, rack }) => ({
      node,
      groups: `${racks[rack]},compute,all`,
      status: 'booted',
      statustime: '01-15-2024 12:00:00',
    })),
  );
  await rows.insertAll(
    tables.nodetype,
    nodes.map(({ node, image }) => ({ node, provmethod: image })),
  );
  await rows.insertAll(
    tables.mac,
    nodes.map(({ node, octets }) => ({
      node,
      interface: 'eth0',
      mac: ['42', '00', ...octets.map((octet) => octet.toString(16).padStart(2, '0'))].join(':'),
    })),
  );
  await rows.insertAll(
    tables.hosts,
    nodes.map(({ node, octets }) => ({ node, ip: octets.join('.') })),
  );
  await rows.insertAll(
    tables.chain,
    nodes.map(({ node, image }) => ({ node, currstate: `statelite ${image}`, currchain: 'boot' })),
  );
}

async function fillGroups(rows: Rows, racks: readonly string[]): Promise<void> {
  await rows.insertAll(tables.nodetype, [
    { node: 'compute', os: 'debian12', arch: 'x86_64', profile: 'compute' },
    { node: 'all', nodetype: 'osi' },
  ]);
  await rows.insertAll(tables.noderes, [
    ...racks.map((node, rack) => ({ node, nfsserver: `nfs${rack % 8}`, servicenode: `sn${rack}` })),
    { node: 'compute', netboot: 'xnba', installnic: 'mac' },
    { node: 'all', xcatmaster: 'mn' },
  ]);
  await rows.insertAll(tables.nodehm, [
    ...racks.map((node, rack) => ({ node, conserver: `sn${rack}` })),
    { node: 'all', mgt: 'ipmi', cons: 'ipmi', serialport: '0', serialspeed: '115200' },
  ]);
  await rows.insertAll(tables.hosts, [{ node: 'all', hostnames: '|(.*)|($1).cluster|' }]);
  // Every second rack has a place of its own, the others that of all nodes.
  const places = racks.filter((_, rack) => rack % 2 === 0);
  await rows.insertAll(tables.statelite, [
    ...places.map((node) => ({ node, statemnt: `$noderes.nfsserver:/state/${node}` })),
    { node: 'compute', statemnt: '$noderes.nfsserver:/state', mntopts: 'nfsvers=3' },
  ]);
  await rows.upsertAll(tables.site, [
    { key: 'master', value: '10.255.255.254' },
    { key: 'domain', value: 'cluster' },
  ]);
}

async function fillImages(rows: Rows): Promise<void> {
  await rows.insertAll(
    tables.osimage,
    images.map((imagename) => ({
      imagename,
      groups: 'debian12',
      provmethod: 'statelite',
      osvers: 'debian12',
      osarch: 'x86_64',
    })),
  );
  await rows.insertAll(
    tables.linuximage,
    images.map((imagename) => ({ imagename, rootimgdir: `/install/netboot/${imagename}` })),
  );
}

const litetree: readonly NewRow<typeof tables.litetree>[] = [
  { priority: '1.0', image: 'ALL', directory: '$noderes.nfsserver:/nodes/$node' },
  { priority: '2.0', image: images[0], directory: '$noderes.nfsserver:/by/$nodetype.profile' },
  { priority: '2.1', image: images[1], directory: '$site.master:/visual', mntopts: 'nofail' },
  { priority: '3.0', image: 'debian12', directory: '$noderes.xcatmaster:/$nodetype.os' },
  { priority: '4.0', image: '', directory: '10.0.0.1:/default' },
];

function rackNames({ groups }: SiteSize): string[] {
  return Array.from({ length: groups - 2 }, (_, rack) => `rack${String(rack).padStart(3, '0')}`);
}

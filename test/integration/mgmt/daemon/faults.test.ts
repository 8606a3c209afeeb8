import { once } from 'node:events';
import { cp, mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import {
  askBoot,
  type AskingNode,
  askStock,
  getBootFile,
  type Outcome,
  tellStatus,
} from '../../../helpers/asking-nodes.ts';
import { type DaemonProcess, daemonProcess } from '../../../helpers/daemon-process.ts';
import { garbage, halfOpenFlood, slowPeers } from '../../../helpers/hostile-clients.ts';
import { postgresServer } from '../../../helpers/postgres.ts';

/** How long everything goes wrong at once, in milliseconds. */
const stormTime = 30_000;
const nodeCount = 6;
const bootFile = `#!ipxe\n${'# a line\n'.repeat(5000)}`;

interface Fault extends AsyncDisposable {
  /** For openStore. */
  readonly url: string;
  /** The database goes, and comes back. */
  readonly outage: () => Promise<void>;
}

let directory: string;
let ca: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  await mkdir(at('tftpboot'));
  await writeFile(at('tftpboot/boot.ipxe'), bootFile);
  await using large = await open(at('tftpboot/large'), 'w');
  await large.truncate(100 * 1024 * 1024);
  ca = await twoCertificates();
});
afterEach(() => rm(directory, { recursive: true }));

const at = (name: string) => join(directory, name);

describe.each([
  ['SQLite', sqliteFault],
  ['PostgreSQL', postgresFault],
] as const)('with %s', (_, createFault) => {
  test('faults of every kind at once: no crash, no leak, no wrong answer, and all recovers', async () => {
    await using fault = await createFault();
    await fill(fault.url);
    await using daemon = await daemonProcess(directory, fault.url);
    const nodes = (resets: number) =>
      Array.from({ length: nodeCount }, (__, index): AskingNode => {
        return { number: index + 1, ports: daemon.ports, ca, resets };
      });

    // Whatever grows once has grown before it is measured.
    await storm(daemon, nodes(10), fault, 5000);
    await quiet(daemon, nodes(0));
    const before = { heap: await daemon.heap(), files: await daemon.openFiles() };

    const tally = await storm(daemon, nodes(10), fault, stormTime);
    await quiet(daemon, nodes(0));
    const after = { heap: await daemon.heap(), files: await daemon.openFiles() };

    expect(tally.wrong).toEqual([]);
    expect(tally.right).toBeGreaterThan(200);
    expect(tally.rightWhileAway).toBeGreaterThan(10);
    expect(after.heap - before.heap).toBeLessThan(6 * 1024 * 1024);
    // The pool of PostgreSQL has up to five.
    expect(after.files - before.files).toBeLessThan(8);
    expect(daemon.log()).toContain('the database is back');
    expect(daemon.log()).toContain('certificates read again');
    expect(daemon.log()).toContain('the old certificates stay');
    // A stack is a bug's.
    expect(daemon.log()).not.toMatch(/^\s+at |TypeError|RangeError|Unhandled/m);

    const store = openStore(fault.url);
    for (const node of nodes(0)) {
      expect(await tellStatus(node, 'booted')).toBe('right');
      const [row] = await store.select(tables.nodelist, { node: `n${node.number}` });
      expect(row?.status).toBe('booted');
    }
    await store.close();
    daemon.child.kill('SIGTERM');
    expect(await once(daemon.child, 'exit')).toEqual([0, null]);
  }, 180_000);
});

interface Tally {
  right: number;
  /** Boot answers while the database was away. */
  rightWhileAway: number;
  readonly wrong: string[];
}

async function storm(
  { child, ports }: DaemonProcess,
  nodes: readonly AskingNode[],
  { outage }: Fault,
  time: number,
): Promise<Tally> {
  const tally: Tally = { right: 0, rightWhileAway: 0, wrong: [] };
  const stop = AbortSignal.timeout(time);
  let isAway = false;
  const until = async (work: () => Promise<void>) => {
    while (!stop.aborted) await work();
  };
  const count = (what: string, outcome: Outcome, wasAway: boolean) => {
    if (outcome === 'right') tally.right += 1;
    if (outcome === 'right' && wasAway && isAway) tally.rightWhileAway += 1;
    if (outcome === 'wrong') tally.wrong.push(what);
  };
  const clients = nodes.flatMap((node) => [
    ...asks(node).map(([what, ask]) =>
      until(async () => {
        const wasAway = isAway;
        count(`${what} of n${node.number}`, await ask(), wasAway);
        await sleep(50);
      }),
    ),
    until(async () => {
      count('status', await tellStatus(node, 'booting'), false);
      count('boot file', await getBootFile(node, bootFile), false);
      await sleep(200);
    }),
  ]);
  const all = Object.values(ports);
  const faults = [
    until(async () => {
      await sleep(2000);
      isAway = true;
      await outage();
      isAway = false;
      await sleep(2000);
    }),
    until(async () => {
      for (const certificate of ['second', 'broken', 'first']) {
        await cp(at(certificate), at('etc'), { recursive: true });
        child.kill('SIGHUP');
        await sleep(700);
      }
    }),
  ];
  const hostile = [halfOpenFlood, garbage, slowPeers].map((each) => each(all, stop));
  await Promise.all([...clients, ...faults, ...hostile]);
  return tally;
}

/** Everything answers again, and what the peers left behind is gone. */
async function quiet({ ports }: DaemonProcess, nodes: readonly AskingNode[]): Promise<void> {
  for (const node of nodes) {
    await expect.poll(() => askBoot(node), { timeout: 20_000, interval: 200 }).toBe('right');
    await expect
      .poll(() => tellStatus(node, 'booted'), { timeout: 20_000, interval: 200 })
      .toBe('right');
  }
  // The one that asks is open.
  const metrics = async () => (await fetch(`http://127.0.0.1:${ports.http}/metrics`)).text();
  await expect
    .poll(metrics, { timeout: 30_000, interval: 500 })
    .toMatch(/^statelite_connections 1$/m);
}

async function fill(url: string): Promise<void> {
  const store = openStore(url);
  for (let number = 1; number <= nodeCount; number += 1) {
    const node = `n${number}`;
    const image = `image${number}`;
    await store.insert(tables.nodelist, { node });
    await store.insert(tables.hosts, { node, ip: `127.0.1.${number}` });
    await store.insert(tables.nodetype, { node, provmethod: image });
    await store.insert(tables.litefile, { image, file: `/etc/${node}`, options: 'tmpfs' });
  }
  await store.close();
}

/** Directories to be copied over etc/: two good certificates of one CA, and a broken one. */
async function twoCertificates(): Promise<string> {
  const etc = at('etc');
  const paths = certificatePaths(etc);
  for (const [name, host] of [
    ['second', 'mn2'],
    ['first', 'mn'],
  ] as const) {
    await rm(paths.cert, { force: true });
    await rm(paths.key, { force: true });
    await ensureCertificates(etc, ['127.0.0.1', host], new Date());
    await cp(etc, at(name), { recursive: true });
  }
  await mkdir(at('broken'));
  await writeFile(certificatePaths(at('broken')).cert, 'garbage');
  return readFile(paths.ca, 'utf8');
}

/** The file is moved away and back; then another process writes to it for a while. */
async function sqliteFault(): Promise<Fault> {
  await mkdir(at('state'));
  const url = at('state/statelite.db');
  return {
    url,
    async outage() {
      await rename(url, at('aside'));
      await sleep(1500);
      await rename(at('aside'), url);
      const other = new DatabaseSync(url, { timeout: 5000 });
      other.exec('BEGIN IMMEDIATE');
      await sleep(500);
      other.exec('ROLLBACK');
      other.close();
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function postgresFault(): Promise<Fault> {
  const server = await postgresServer();
  return {
    url: await server.createDatabase(),
    async outage() {
      await server.stop();
      await sleep(1500);
      await server.start();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function asks(node: AskingNode) {
  return [
    ['boot', () => askBoot(node)],
    ['stock', () => askStock(node)],
  ] as const;
}

import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../../../agent/machine/deadline.ts';
import { startNetwork } from '../../../../agent/machine/network.ts';
import type { Programs } from '../../../../agent/machine/spawn.ts';
import { type Cmdline, parseCmdline } from '../../../../agent/protocol/cmdline.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { recordingSystem } from '../../../helpers/recording-system.ts';
import { failure } from '../../../helpers/rows.ts';
import { plantTree, type Planted, tempRoot } from '../../../helpers/tree.ts';

const mac = '52:54:00:77:00:01';

/** What /sys/class/net shows of an interface with a link. */
function nic(name: string, address = mac, carrier = '1'): Record<string, Planted> {
  return {
    [`/net/${name}/address`]: `${address}\n`,
    [`/net/${name}/carrier`]: `${carrier}\n`,
    [`/net/${name}/device`]: { dir: 0o755 },
  };
}

const eth0 = nic('eth0');
const answer =
  'ip=10.0.0.7\nsubnet=255.0.0.0\nrouter=10.0.0.254\ndns=10.0.0.1\nhostname=cn01\ndomain=site\n';

interface Given {
  readonly interfaces?: Readonly<Record<string, Planted>>;
  readonly words?: string;
  /** What DHCP says on an interface, undefined for nothing. */
  readonly dhcp?: (device: string) => string | undefined;
  readonly failing?: Parameters<typeof recordingSystem>[0];
  /** Interfaces whose driver has no firmware. */
  readonly broken?: readonly string[];
  /** Milliseconds, spent by pauses between the tries. */
  readonly time?: number;
  /** Called before every try but the first. */
  readonly loadDrivers?: (root: string) => void;
}

/** Brings up the network of a machine in a directory. */
async function started(given: Given) {
  const { interfaces = eth0, words = '', dhcp = () => answer, broken = [], time = 0 } = given;
  await using root = await tempRoot();
  const at = (name: string) => join(root.path, name);
  plantTree(root.path, { '/net/lo/address': '00:00:00:00:00:00\n', ...interfaces });
  const system = recordingSystem(given.failing);
  const { log, lines } = recordingLogger();
  const asked: string[] = [];
  const programs: Programs = {
    started: [],
    run: async (_, argv, { env = {} } = {}) => {
      const device = argv[argv.indexOf('-i') + 1] ?? '';
      asked.push(device);
      const text = dhcp(device);
      if (text === undefined) return { code: 1, signal: undefined, output: 'start\nno lease\n' };
      writeFileSync(env['STATELITE_LEASE'] ?? '', text);
      return { code: 0, signal: undefined, output: '' };
    },
  };
  const loadDrivers = async () => given.loadDrivers?.(root.path);
  const interfaceUp = (name: string): void => {
    if (broken.includes(name)) throw failureOf('ENOENT');
    system.interfaceUp(name);
  };
  const deadline = passing(time);
  const deps = { system: { ...system, interfaceUp }, programs, log, loadDrivers, deadline };
  const places = { interfaces: at('net'), lease: at('lease'), resolvConf: at('resolv.conf') };
  const lease = await startNetwork(cmdlineOf(words), deps, places);
  const resolvConf = await readFile(places.resolvConf, 'utf8');
  return { lease, resolvConf, calls: system.calls, lines, asked };
}

function failureOf(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function cmdlineOf(words: string): Cmdline {
  return parseCmdline(`NFSROOT=mn:/i XCAT=mn ${words}`);
}

/** Time for looks at a link, and for pauses until it is spent. */
function passing(spare: number): Budget {
  return {
    get left() {
      return 100 + spare;
    },
    wait: async (milliseconds) => void (spare -= milliseconds),
  };
}

describe('bringing up the network', () => {
  test('by DHCP gives address, route and name servers', async () => {
    const { lease, resolvConf, calls, lines } = await started({ words: `BOOTIF=01-${mac}` });
    expect(lease).toMatchObject({ interface: 'eth0', address: '10.0.0.7', hostname: 'cn01' });
    expect(calls).toEqual([
      'interfaceUp lo',
      'interfaceUp eth0',
      'interfaceAddress eth0 10.0.0.7 255.0.0.0',
      'defaultRoute 10.0.0.254',
    ]);
    expect(resolvConf).toBe('search site\nnameserver 10.0.0.1\n');
    expect(lines).toEqual(['info: eth0 has 10.0.0.7 (cn01)']);
  });

  test('by DHCP without a router works in its own network', async () => {
    const { calls, resolvConf } = await started({ dhcp: () => 'ip=10.0.0.7\n' });
    expect(calls.slice(2)).toEqual(['interfaceAddress eth0 10.0.0.7 255.255.255.0']);
    expect(resolvConf).toBe('');
  });

  test('by ip= asks nobody', async () => {
    const words = 'ip=10.0.0.7::10.0.0.254:255.0.0.0:cn01:eth1:none';
    const interfaces = { ...eth0, ...nic('eth1') };
    const { lease, asked } = await started({ words, interfaces });
    expect(lease).toMatchObject({ interface: 'eth1', address: '10.0.0.7', hostname: 'cn01' });
    expect(asked).toEqual([]);
  });

  test('is not disturbed by what is no interface', async () => {
    const interfaces = {
      ...eth0,
      '/net/bonding_masters': 'bond0\n',
      '/net/bond0/address': `${mac}\n`,
      '/net/tunl0/address': '0.0.0.0\n',
    };
    expect((await started({ interfaces })).lease.interface).toBe('eth0');
    const words = `BOOTIF=${mac}`;
    expect((await started({ interfaces, words })).lease.interface).toBe('eth0');
  });

  test('the same route again is fine, one that is refused is a warning', async () => {
    const again = await started({ failing: { defaultRoute: failureOf('EEXIST') } });
    expect(again.lines).toHaveLength(1);
    const { lines } = await started({ failing: { defaultRoute: failureOf('ENETUNREACH') } });
    expect(lines[0]).toContain('no default route by 10.0.0.254');
  });
});

const onEth1 = (device: string) => (device === 'eth1' ? answer : undefined);

describe('a node with several interfaces', () => {
  const two = { ...eth0, ...nic('eth1', '52:54:00:77:00:02') };

  test('asks on the next one where the first has no DHCP server', async () => {
    const { lease, asked, lines } = await started({ interfaces: two, dhcp: onEth1 });
    expect(lease.interface).toBe('eth1');
    expect(asked).toEqual(['eth0', 'eth1']);
    expect(lines[0]).toContain('no DHCP answer on eth0; trying the next');
  });

  test('asks only on the one it booted from', async () => {
    const { asked } = await started({ interfaces: two, words: 'BOOTIF=52:54:00:77:00:02' });
    expect(asked).toEqual(['eth1']);
  });

  test('goes on without one that does not come up', async () => {
    const { lease, lines } = await started({ interfaces: two, broken: ['eth0'] });
    expect(lease.interface).toBe('eth1');
    expect(lines[0]).toBe('warn: eth0 does not come up: Error: ENOENT');
  });

  test('takes the one with a link', async () => {
    const interfaces = { ...nic('eth0', mac, '0'), ...nic('eth1', '52:54:00:77:00:02') };
    expect((await started({ interfaces })).asked).toEqual(['eth1']);
  });
});

describe('a network that does not come up', () => {
  test('has no DHCP server: that is said, with what udhcpc said last', async () => {
    const starting = started({ dhcp: () => undefined });
    await expect(starting).rejects.toThrow(
      failure('ERR_STATELITE_NETWORK', 'no DHCP answer on eth0'),
    );
    await expect(starting).rejects.toHaveProperty('cause.message', 'no lease');
  });

  test('has no link', async () => {
    await expect(started({ interfaces: nic('eth0', mac, '0') })).rejects.toThrow(
      failure('ERR_STATELITE_NETWORK', 'no link on eth0'),
    );
  });

  test('has a driver without firmware', async () => {
    await expect(started({ broken: ['eth0'] })).rejects.toThrow(
      failure('ERR_STATELITE_NETWORK', 'eth0 cannot be brought up'),
    );
  });

  test('has a lease that no interface can take', async () => {
    for (const dhcp of [() => '', () => 'ip=nonsense\n']) {
      const failing = { interfaceAddress: failureOf('EINVAL') };
      await expect(started({ dhcp, failing })).rejects.toThrow(
        failure('ERR_STATELITE_NETWORK', 'does not take the address'),
      );
    }
  });

  test('is tried again, with drivers of devices that were late', async () => {
    const { lease, lines } = await started({
      interfaces: {},
      time: 20_000,
      loadDrivers: (root) => plantTree(root, eth0),
    });
    expect(lease.interface).toBe('eth0');
    expect(lines[0]).toContain('there is no network interface; trying again');
  });
});

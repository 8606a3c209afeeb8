import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import type { Management } from '../../../helpers/mgmt.ts';
import { consoleDeps, sitDown } from '../../../helpers/console-lab.ts';
import { domainXml, type Libvirtd, libvirtd } from '../../../helpers/libvirtd.ts';
import { test } from '../../../helpers/mgmt-test.ts';

let libvirt: Libvirtd;

beforeAll(async () => {
  libvirt = await libvirtd();
});

afterAll(async () => libvirt[Symbol.asyncDispose]());

let count = 0;

/** A node n1 with a machine of its own, whose name it gives, and n2 without one. */
async function lab(mn: Management, xml: Parameters<typeof domainXml>[1] = {}): Promise<string> {
  const machine = `vm-${(count += 1)}`;
  await libvirt.define(domainXml(machine, xml));
  await mn.run('nodeadd', 'n1,n2', 'groups=all', 'mgt=kvm');
  await mn.run('chtab', 'node=n1', `hardware.domain=${machine}`);
  await mn.run('chtab', 'node=all', `hardware.libvirt=${libvirt.uri}`);
  return machine;
}

async function saidBy(mn: Management, verb: string, words: readonly string[]): Promise<string[]> {
  const said: string[] = [];
  for (const word of words) {
    const { out, err } = await mn.run(verb, 'n1', word);
    said.push(`${word}: ${out.join()}${err}`);
  }
  return said;
}

describe('a machine of libvirt', () => {
  test('is switched as a real one', async ({ mn }) => {
    const machine = await lab(mn);
    const words = ['stat', 'reset', 'on', 'on', 'softoff', 'stat', 'boot', 'off', 'off'];
    expect(await saidBy(mn, 'rpower', words)).toEqual([
      'stat: n1: off',
      'reset: n1: off',
      'on: n1: on',
      'on: n1: on',
      // Its firmware hears nothing of a power button.
      'softoff: n1: softoff',
      'stat: n1: on',
      'boot: n1: on reset',
      'off: n1: off',
      'off: n1: off',
    ]);
    expect((await libvirt.virsh('domstate', machine)).trim()).toBe('shut off');
  });

  test('that is paused goes on when it is switched on', async ({ mn }) => {
    const machine = await lab(mn);
    await libvirt.virsh('start', machine, '--paused');
    expect(await saidBy(mn, 'rpower', ['stat', 'on'])).toEqual(['stat: n1: on', 'on: n1: on']);
    expect((await libvirt.virsh('domstate', machine)).trim()).toBe('running');
  });

  test('that is not there is an error of its node', async ({ mn }) => {
    await lab(mn);
    const { code, out, err } = await mn.run('rpower', 'all', 'stat');
    expect({ code, out }).toEqual({ code: 1, out: ['n1: off'] });
    expect(err).toContain(
      "n2: ERR_STATELITE_HARDWARE: virsh failed: error: failed to get domain 'n2'",
    );
  });

  test('whose libvirt does not run says what to look at', async ({ mn }) => {
    await lab(mn);
    const uri = `qemu+unix:///session?socket=${mn.directory}/none`;
    await mn.run('chtab', 'node=all', `hardware.libvirt=${uri}`);
    const { code, err } = await mn.run('rpower', 'n1', 'on');
    expect(code).toBe(1);
    expect(err).toContain('n1: virsh failed: error: failed to connect to the hypervisor');
    expect(err).toContain('hint: is libvirtd running there? hardware.libvirt says');
  });

  test('boots from what is first in its definition', async ({ mn }) => {
    const machine = await lab(mn);
    expect(await saidBy(mn, 'rsetboot', ['stat', 'net', 'stat', 'cd', 'def'])).toEqual([
      'stat: n1: Hard Drive',
      'net: n1: Network',
      'stat: n1: Network',
      'cd: n1: CD/DVD',
      'def: n1: boot override inactive',
    ]);
    const [, ...order] = (await libvirt.virsh('dumpxml', machine)).split("<boot dev='");
    expect(order.map((text) => text.split("'")[0])).toEqual(['hd', 'network', 'cdrom']);
  });

  test('whose devices have an order has that changed', async ({ mn }) => {
    const devices = `
    <disk type='file' device='cdrom'><target dev='sda' bus='ide'/><boot order='1'/></disk>
    <interface type='user'><model type='virtio'/></interface>`;
    await lab(mn, { devices });
    expect(await saidBy(mn, 'rsetboot', ['stat', 'net', 'stat', 'hd'])).toEqual([
      'stat: n1: CD/DVD',
      'net: n1: Network',
      'stat: n1: Network',
      expect.stringContaining('hd: statelite: ERR_STATELITE_HARDWARE: n1: the domain has no disk'),
    ]);
    expect((await mn.run('rnetboot', 'n1')).out).toEqual(['n1: off on']);
  });
});

test('a machine without a console says so, and is never said to have one', async ({ mn }) => {
  const machine = await lab(mn, { serial: false });
  await libvirt.virsh('start', machine, '--paused');
  const access = { kind: 'libvirt', uri: libvirt.uri, domain: machine } as const;
  const reader = sitDown(
    consoleDeps(mn.directory, () => access),
    'n1',
    'spy',
  );
  await reader.sees('Console down: virsh: error: internal error: cannot find');
  expect(reader.seen()).not.toContain('Console up');
});

test('virsh console shows what a machine prints, and a typed ^] does not end it', async ({
  mn,
}) => {
  const machine = await lab(mn);
  const access = { kind: 'libvirt', uri: libvirt.uri, domain: machine } as const;
  const reader = sitDown(
    consoleDeps(mn.directory, () => access),
    'n1',
    'write',
  );
  await reader.sees('Console down: virsh: error: The domain is not running');
  expect((await mn.run('rpower', 'n1', 'on')).code).toBe(0);
  await reader.sees('Console up');
  // What it printed before somebody listened is gone.
  const seesFirmware = async () => {
    const before = reader.seen().length;
    await vi.waitUntil(
      async () => {
        await libvirt.virsh('reset', machine);
        return reader.seen().slice(before).includes('SeaBIOS');
      },
      { timeout: 30_000, interval: 1000 },
    );
  };
  await seesFirmware();
  reader.type('\u001D\u001D');
  await seesFirmware();
  expect(reader.seen().match(/Console up/gu)).toHaveLength(1);
});

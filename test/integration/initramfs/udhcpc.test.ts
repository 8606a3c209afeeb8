import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseLease } from '../../../agent/machine/lease.ts';
import { tempRoot } from '../../helpers/tree.ts';

const run = promisify(execFile);
const script = join(import.meta.dirname, '../../../initramfs/udhcpc');
const lease = {
  interface: 'eth0',
  ip: '10.0.0.7',
  subnet: '255.255.0.0',
  router: '10.0.0.1',
  dns: '10.0.0.2 10.0.0.3',
  hostname: 'cn07',
};

/** As udhcpc of busybox runs it: by busybox's shell, the event as argument, the lease around it. */
async function event(name: string, file: string, variables: Record<string, string>): Promise<void> {
  const env = { PATH: '/nowhere', STATELITE_LEASE: file, ...variables };
  await run('/bin/busybox', ['sh', script, name], { env });
}

test.for(['bound', 'renew'])('the lease is written when it is %s', async (name) => {
  await using temp = await tempRoot();
  const file = join(temp.path, 'lease');
  writeFileSync(file, 'ip=10.9.9.9\nrouter=10.9.9.1\n');

  await event(name, file, lease);

  expect(parseLease(readFileSync(file, 'utf8'), 'eth0')).toEqual({
    interface: 'eth0',
    address: '10.0.0.7',
    netmask: '255.255.0.0',
    gateway: '10.0.0.1',
    hostname: 'cn07',
    domain: '',
    nameservers: ['10.0.0.2', '10.0.0.3'],
  });
  expect(readdirSync(temp.path)).toEqual(['lease']);
});

test.for(['deconfig', 'leasefail', 'nak'])('nothing is written on %s', async (name) => {
  await using temp = await tempRoot();
  await event(name, join(temp.path, 'lease'), lease);
  expect(existsSync(join(temp.path, 'lease'))).toBe(false);
});

test('a value with a newline cannot bring another key', async () => {
  await using temp = await tempRoot();
  const file = join(temp.path, 'lease');
  await event('bound', file, { ...lease, hostname: 'cn07\nrouter=10.6.6.6', domain: '$(id) `id`' });
  expect(readFileSync(file, 'utf8')).not.toContain('10.6.6.6');
  expect(readFileSync(file, 'utf8')).toContain('domain=$(id) `id`\n');
});

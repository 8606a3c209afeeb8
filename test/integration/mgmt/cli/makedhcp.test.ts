import { execFile } from 'node:child_process';
import { appendFile, readdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { fakePrograms } from '../../../helpers/fake-programs.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

const execute = promisify(execFile);

const generated = (mn: Management, name = '') => join(mn.directory, 'etc/generated', name);
const text = (mn: Management, name: string) => readFile(generated(mn, name), 'utf8');

afterEach(() => vi.unstubAllEnvs());

beforeEach<{ mn: Management }>(async ({ mn }) => {
  await done(mn, 'nodeadd n[1-3] groups=all'.split(' '));
  for (const number of [1, 2, 3]) {
    const values = [`hosts.ip=10.77.0.1${number}`, `mac.mac=52:54:00:77:00:0${number}`];
    await done(mn, ['nodech', `n${number}`, ...values]);
  }
  await done(mn, [
    'chtab',
    'net=10.77.0.0,mask=255.255.255.0',
    'networks.dhcpserver=10.77.0.1',
    'networks.dynamicrange=10.77.0.100-10.77.0.199',
  ]);
});

/** What a command printed; it has to succeed. */
async function done(mn: Management, argv: readonly string[]): Promise<string[]> {
  const { code, out, err } = await mn.run(...argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
  return out;
}

describe.each(['dnsmasq', 'kea'])('with %s', (backend) => {
  beforeEach<{ mn: Management }>(async ({ mn }) => {
    await done(mn, ['chtab', 'key=dhcpbackend', `site.value=${backend}`]);
  });

  test('networks first, then nodes, and the server takes the configuration', async ({ mn }) => {
    await done(mn, ['makedhcp', '-n']);
    expect(await done(mn, ['makedhcp', '-q'])).toEqual([]);
    await done(mn, ['makedhcp', '-a']);
    expect(await done(mn, ['makedhcp', '-q', 'n2'])).toEqual([
      'n2: ip-address = 10.77.0.12, hardware-address = 52:54:00:77:00:02',
    ]);
    const argv =
      backend === 'kea'
        ? ['kea-dhcp4', '-t', generated(mn, 'kea-dhcp4.conf')]
        : ['dnsmasq', '--test', '-C', generated(mn, 'dnsmasq.conf')];
    await execute(argv[0] ?? '', argv.slice(1));
  });

  test('nodes come and go one by one, and a second time changes nothing', async ({ mn }) => {
    await done(mn, ['makedhcp', 'n1,n3']);
    await done(mn, ['makedhcp', 'n2']);
    await done(mn, ['makedhcp', '-d', 'n3']);
    const known = async () =>
      (await done(mn, ['makedhcp', '-q'])).map((line) => line.split(':', 1)[0]);
    expect(await known()).toEqual(['n1', 'n2']);
    const again = await done(mn, ['makedhcp', 'n2']);
    expect(again.every((line) => line.endsWith(': unchanged'))).toBe(true);
    await done(mn, ['makedhcp', '-a', '-d']);
    expect(await known()).toEqual([]);
  });

  test('noderm takes the reservation away, unless the site says no', async ({ mn }) => {
    await done(mn, ['makedhcp', '-a']);
    await done(mn, ['noderm', 'n1']);
    expect(await done(mn, ['makedhcp', '-q'])).toHaveLength(2);
    await done(mn, ['rmdef', '-t', 'node', 'n2']);
    expect(await done(mn, ['makedhcp', '-q'])).toHaveLength(1);
    await done(mn, ['chtab', 'key=pruneservices', 'site.value=no']);
    const { err } = await mn.run('noderm', 'n3');
    expect(err).toContain('still there of n3: DHCP: makedhcp -d n3\n');
    expect(await done(mn, ['makedhcp', '-q'])).toHaveLength(1);
    await done(mn, ['makedhcp', '-d', 'n3']);
    expect(await done(mn, ['makedhcp', '-q'])).toEqual([]);
    expect((await mn.run('makedhcp', '-d', 'n3')).code).toBe(1);
  });
});

test('a file that is as it should be is not touched', async ({ mn }) => {
  await done(mn, ['makedhcp', '-n']);
  const path = generated(mn, 'dnsmasq.conf');
  await utimes(path, 1_000_000, 1_000_000);
  await done(mn, ['makedhcp', '-n']);
  expect((await stat(path)).mtimeMs).toBe(1_000_000_000);
});

test('--dry-run shows the difference and writes nothing', async ({ mn }) => {
  await done(mn, ['makedhcp', 'n1']);
  const before = await text(mn, 'dnsmasq-hosts');
  const out = await done(mn, ['makedhcp', 'n2', '--dry-run']);
  expect(out.join('\n')).toContain('\n+52:54:00:77:00:02,10.77.0.12,n2');
  expect(out.join('\n')).not.toContain('\n-52:54');
  expect(await text(mn, 'dnsmasq-hosts')).toBe(before);
});

test('what was changed by hand is shown and kept; --force replaces it and saves it', async ({
  mn,
}) => {
  await done(mn, ['makedhcp', '-a']);
  await appendFile(generated(mn, 'dnsmasq-hosts'), '52:54:00:99:00:01,10.77.0.99,mine\n');
  const { code, err } = await mn.run('makedhcp', 'n1');
  expect(code).toBe(1);
  expect(err).toContain(`${generated(mn, 'dnsmasq-hosts')} was changed by hand`);
  expect(err).toContain('-52:54:00:99:00:01,10.77.0.99,mine');
  await done(mn, ['makedhcp', '-a', '--force']);
  expect(await text(mn, 'dnsmasq-hosts')).not.toContain('mine');
  expect(await text(mn, 'dnsmasq-hosts.saved')).toContain('mine');
});

test("a node's reservation is no matter for nodeset or noderm where the file was edited: a warning", async ({
  mn,
}) => {
  await done(mn, ['makedhcp', '-a']);
  await appendFile(generated(mn, 'dnsmasq-hosts'), '# mine\n');
  const { code, err } = await mn.run('noderm', 'n1');
  expect(code).toBe(0);
  expect(err).toContain('DHCP was not brought up to date');
});

test('noderm makes no configuration where there is none', async ({ mn }) => {
  await done(mn, ['noderm', 'n1']);
  expect(await readdir(mn.directory)).not.toContain('etc');
});

test('what the server would not take is not written', async ({ mn }) => {
  await done(mn, ['chtab', 'key=dhcpbackend', 'site.value=kea']);
  await done(mn, ['chtab', 'net=10.77.0.0', 'networks.mgtifname=nosuchnic']);
  const { code, err } = await mn.run('makedhcp', '-n');
  expect(code).toBe(1);
  expect(err).toMatch(/kea-dhcp4 does not take kea-dhcp4\.conf: .*nosuchnic/su);
  expect(await readdir(mn.directory)).not.toContain('etc');
});

test('Kea looks once at each reservation, when it is new, and again at all with a new configuration', async ({
  mn,
}) => {
  await done(mn, ['chtab', 'key=dhcpbackend', 'site.value=kea']);
  const programs = await fakePrograms(join(mn.directory, 'bin'), { reads: false });
  await programs.make(
    'kea-dhcp4',
    `grep -ho '"hostname":"[^"]*"' "\${2%/*}"/*.json > "$record.done/seen"`,
  );
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  const seen = async (...argv: string[]) => {
    await programs.forget();
    await done(mn, ['makedhcp', ...argv]);
    const [call, ...others] = await readdir(join(programs.directory, 'calls'));
    expect(others).toEqual([]);
    if (call === undefined) return undefined;
    const lines = await readFile(join(programs.directory, 'calls', call, 'seen'), 'utf8');
    return [...lines.matchAll(/:"([^"]*)"/gu)].map(([, node]) => node);
  };
  expect(await seen('n1')).toEqual(['n1']);
  expect(await seen('n2')).toEqual(['n2']);
  expect(await seen('n2')).toBeUndefined();
  expect(await seen('-a')).toEqual(['n3']);
  expect(await seen('-a')).toBeUndefined();
  expect(await seen('-d', 'n1')).toBeUndefined();
  expect(await seen('-n')).toEqual(['n2', 'n3']);
  await done(mn, ['nodech', 'n3', 'noderes.netboot=grub2']);
  expect(await seen('-a')).toEqual(['n1', 'n3']);
});

test('a reservation that Kea would not take is not written, and those before it stay', async ({
  mn,
}) => {
  await done(mn, ['chtab', 'key=dhcpbackend', 'site.value=kea']);
  await done(mn, ['makedhcp', 'n1']);
  const before = await text(mn, 'kea-reservations-10.77.0.0-24.json');
  const programs = await fakePrograms(join(mn.directory, 'bin'), { reads: false });
  await programs.make('kea-dhcp4', 'echo "ERROR no such class" >&2; exit 1');
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  const { code, err } = await mn.run('makedhcp', 'n2');
  expect([code, err]).toEqual([1, expect.stringContaining('ERROR no such class')]);
  expect(await text(mn, 'kea-reservations-10.77.0.0-24.json')).toBe(before);
});

test.for([
  [['makedhcp'], 2],
  [['makedhcp', '-d'], 2],
  [['makedhcp', '-a', 'n1'], 2],
  [['makedhcp', '-q', '-n'], 2],
  [['makedhcp', 'n9'], 1],
] as const)('%o is refused', async ([argv, code], { mn }) => {
  expect((await mn.run(...argv)).code).toBe(code);
});

test('without a network there is nothing to serve, and a hint', async ({ mn }) => {
  await done(mn, ['chtab', '-d', 'net=10.77.0.0', 'networks']);
  const { code, err } = await mn.run('makedhcp', '-a');
  expect(code).toBe(1);
  expect(err).toContain('statelite setup --network 10.77.0.0/24');
});

test('commands at the same time wait for each other', async ({ mn }) => {
  await done(mn, ['makedhcp', '-n']);
  await Promise.all(['n1', 'n2', 'n3'].map(async (node) => done(mn, ['makedhcp', node])));
  expect(await done(mn, ['makedhcp', '-q'])).toHaveLength(3);
});

test('others may read what is written, whatever the umask: dnsmasq is nobody', async ({ mn }) => {
  const before = process.umask(0o077);
  try {
    await done(mn, ['makedhcp', '-a']);
  } finally {
    process.umask(before);
  }
  const modes = await Promise.all(
    ['', '..', '../../tftpboot', 'dnsmasq-hosts'].map(
      async (name) => (await stat(generated(mn, name))).mode & 0o777,
    ),
  );
  expect(modes).toEqual([0o755, 0o755, 0o755, 0o644]);
});

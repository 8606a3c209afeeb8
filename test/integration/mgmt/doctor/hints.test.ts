import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect } from 'vitest';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

/** A command that has to succeed. */
async function done(mn: Management, line: string): Promise<void> {
  const { code, err } = await mn.run(...line.split(' '));
  if (code !== 0) throw new Error(`${line}: ${err}`);
}

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly message: string;
  readonly hint?: string;
}

/** What doctor says of the files of setup and makedhcp, but for what is well. */
async function doubts(mn: Management): Promise<Finding[]> {
  const { out } = await mn.run('doctor', '--json');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the verb's own output
  const findings = JSON.parse(out.join('\n')) as Finding[];
  return findings.filter(({ check, level }) => check === 'generated files' && level !== 'ok');
}

/** Types the commands of the hints, each once. */
async function obey(mn: Management, findings: readonly Finding[]): Promise<string[]> {
  const commands = findings.flatMap(({ hint = '' }) => hint.split(/; then |; |, | and /u));
  const typed = [...new Set(commands)].filter((words) => words.startsWith('makedhcp '));
  for (const line of typed) await done(mn, line);
  return typed;
}

/** The names of nodes that DHCP knows, and what its files hold. */
async function reserved(mn: Management) {
  const { out } = await mn.run('makedhcp', '-q');
  const directory = join(mn.directory, 'etc/generated');
  const names = (await readdir(directory)).filter((name) => /hosts|reservations/u.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return { names: out.map((line) => line.split(':', 1).join()), text: texts.join('\n') };
}

const setup = 'setup --network 127.77.0.0/24 --server 127.77.0.1';

beforeEach<{ mn: Management }>(async ({ mn }) => {
  for (const number of [1, 2, 3]) {
    const values = `hosts.ip=127.77.0.1${number} mac.mac=52:54:00:77:00:0${number}`;
    await done(mn, `nodeadd n${number} groups=all ${values}`);
  }
});

describe.each(['dnsmasq', 'kea'])('what doctor says of the reservations of %s', (backend) => {
  beforeEach<{ mn: Management }>(async ({ mn }) => {
    await done(mn, `chtab key=dhcpbackend site.value=${backend}`);
    await done(mn, `${setup} --force`);
    await done(mn, 'makedhcp -d n3'); // with all nodes the command would be makedhcp -a
    expect(await doubts(mn)).toEqual([]);
  });

  test('of a node that has lost its MAC address ends with the command that it names', async ({
    mn,
  }) => {
    await done(mn, 'chtab -d node=n2 mac');
    expect(await obey(mn, await doubts(mn))).toEqual(['makedhcp n[1-2]']);
    const { names, text } = await reserved(mn);
    expect(names).toEqual(['n1']);
    expect(text).not.toContain('52:54:00:77:00:02');
    expect(await doubts(mn)).toEqual([]);
  });

  test('of a node that is gone, and was to be kept, does too', async ({ mn }) => {
    await done(mn, 'chtab key=pruneservices site.value=no');
    await done(mn, 'noderm n2');
    expect(await obey(mn, await doubts(mn))).toEqual(['makedhcp -d n2']);
    expect((await reserved(mn)).names).toEqual(['n1']);
    expect(await doubts(mn)).toEqual([]);
  });
});

test('nodes in a network that site.dhcpinterfaces takes out are gone with the command that it names', async ({
  mn,
}) => {
  await done(mn, `${setup} --interface lo`);
  await done(mn, 'nodeadd m1 groups=all hosts.ip=127.78.0.11 mac.mac=52:54:00:78:00:01');
  await done(mn, 'setup --network 127.78.0.0/24 --server 127.78.0.1 --interface eth9');
  await done(mn, 'makedhcp -d n3');
  expect((await reserved(mn)).names).toContain('m1');
  await done(mn, 'chtab key=dhcpinterfaces site.value=lo');
  expect(await obey(mn, await doubts(mn))).toContain('makedhcp -n');
  expect((await reserved(mn)).names).toEqual(['n1', 'n2']);
  expect(await doubts(mn)).toEqual([]);
});

test('where site.dhcpinterfaces names no NIC of a network, the hint is about that', async ({
  mn,
}) => {
  await done(mn, setup);
  await done(mn, 'chtab key=dhcpinterfaces site.value=eth9');
  const found = await doubts(mn);
  expect(found.map(({ message }) => message)).toContain(
    'no DHCP is served in any network: site.dhcpinterfaces names eth9',
  );
  expect(JSON.stringify(found)).not.toContain('tabedit networks');
});

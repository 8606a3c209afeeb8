import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { type FakePrograms, fakePrograms } from '../../../helpers/fake-programs.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

/** A virsh with one domain that remembers whether it runs, and its definition. */
async function lab(mn: Management): Promise<FakePrograms> {
  const programs = await fakePrograms(join(mn.directory, 'bin'));
  const running = join(mn.directory, 'running');
  await programs.make(
    'virsh',
    `shift 3
case "$1" in
  domstate) [ "$2" = vm-n1 ] || { echo "error: no domain $2" >&2; exit 1; }
    [ -e ${running} ] && echo running || echo 'shut off' ;;
  start) : > ${running} ;;
  destroy|shutdown) rm ${running} ;;
  dumpxml) echo "<domain><os><type>hvm</type><boot dev='hd'/></os></domain>" ;;
esac`,
  );
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  await mn.run('nodeadd', 'n1,n2', 'groups=all', 'mgt=kvm');
  await mn.run('chtab', 'node=n1', 'hardware.domain=vm-n1');
  await mn.run('chtab', 'node=all', 'hardware.libvirt=qemu+ssh://root@host1/system');
  return programs;
}

test('rpower starts, ends and restarts a domain of its libvirt', async ({ mn }) => {
  const programs = await lab(mn);
  const said: string[] = [];
  for (const word of [
    'stat',
    'on',
    'on',
    'reset',
    'softoff',
    'stat',
    'boot',
    'cycle',
    'off',
    'off',
  ]) {
    said.push(...(await mn.run('rpower', 'n1', word)).out);
  }
  expect(said).toEqual(
    ['off', 'on', 'on', 'reset', 'softoff', 'off', 'off on', 'cycle', 'off', 'off'].map(
      (word) => `n1: ${word}`,
    ),
  );
  const calls = await programs.calls();
  const asked = calls.map(({ argv }) => argv.slice(3).join(' '));
  expect(asked.filter((words) => !words.startsWith('domstate'))).toEqual(
    ['start', 'destroy', 'start', 'shutdown', 'start', 'destroy', 'start', 'destroy'].map(
      (word) => `${word} vm-n1`,
    ),
  );
  expect(calls[0]?.argv.slice(0, 3)).toEqual(['-q', '-c', 'qemu+ssh://root@host1/system']);
});

test('a domain that libvirt does not know is an error of this node', async ({ mn }) => {
  await lab(mn);
  const { code, out, err } = await mn.run('rpower', 'all', 'stat');
  expect({ code, out }).toEqual({ code: 1, out: ['n1: off'] });
  expect(err).toContain('n2: ERR_STATELITE_HARDWARE: virsh failed: error: no domain n2');
});

test('rsetboot defines the domain with another first device', async ({ mn }) => {
  const programs = await lab(mn);
  expect((await mn.run('rsetboot', 'n1', 'stat')).out).toEqual(['n1: Hard Drive']);
  expect((await mn.run('rsetboot', 'n1', 'net')).out).toEqual(['n1: Network']);
  const define = (await programs.calls()).find(({ argv }) => argv.includes('define'));
  expect(define?.argv.slice(3)).toEqual(['define', '/dev/stdin']);
  expect(define?.stdin).toMatch(/<boot dev='network'\/>\s*<boot dev='hd'\/>\s*<\/os>/u);
});

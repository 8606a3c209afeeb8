import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { consoleUnitName, renderConsoleUnit } from '../../../../mgmt/setup/console-unit.ts';
import { renderUnit, unitName } from '../../../../mgmt/setup/units.ts';
import { repository, type SystemdPlay, type SystemdSaid } from '../../../helpers/systemd-runner.ts';

const helpers = join(import.meta.dirname, '../../../helpers');
const repositoryHere = join(helpers, '../..');
const node = process.execPath.replace(repositoryHere, repository);
const input = {
  program: '/usr/local/bin/statelite',
  etc: '/etc/statelite',
  state: '/var/lib/statelite',
  database: '/var/lib/statelite/statelite.db',
  tftpdir: '/tftpboot',
  output: '/etc/statelite/generated',
  overrides: { installdir: undefined, tftpdir: undefined },
};
const files = {
  [input.program]: `#!/bin/sh\nexec ${node} ${repository}/mgmt/main.ts "$@"\n`,
  [`/etc/systemd/system/${unitName}`]: renderUnit(input),
  [`/etc/systemd/system/${consoleUnitName}`]: renderConsoleUnit(input),
};

/** Under a systemd that is PID 1 of namespaces of its own; what each act said. */
async function play(acts: SystemdPlay['acts']): Promise<SystemdSaid[]> {
  await using shared = await mkdtempDisposable(join(tmpdir(), 'statelite-systemd-'));
  const argv = [process.execPath, join(helpers, 'systemd-runner.ts')];
  const namespaces = ['-mnpfuC', '--kill-child', '--propagation', 'private'];
  const child = spawn('unshare', [...namespaces, ...argv], {
    stdio: ['pipe', 'ignore', 'inherit'],
    timeout: 400_000,
    killSignal: 'SIGKILL',
  });
  child.stdin.end(JSON.stringify({ shared: shared.path, files, acts }));
  await once(child, 'exit');
  return JSON.parse(await readFile(join(shared.path, 'said.json'), 'utf8'));
}

const words = (line: string) => line.split(' ');
const statelite = (line: string) => [input.program, ...words(line)];
const ask = (line: string) => [node, `${repository}/test/helpers/xcat-request.ts`, ...words(line)];
const recorded = 'journalctl -u statelite-consoles -o cat | grep "consoles are recorded"';
const restarted =
  '[ "$(systemctl show -P NRestarts statelite)" = 1 ] && systemctl is-active statelite';
const show = words('systemctl show -P ActiveState -P StatusText -P NRestarts statelite');

test('the daemon is a service: ready, reloaded, told of by dnsmasq, restarted, stopped', async () => {
  const acts = {
    up: words('ip link set lo up'),
    wire: words('ip link add mn0 type veth peer mn1'),
    on: words('ip link set mn0 up'),
    over: words('ip link set mn1 up'),
    address: words('ip address add 10.77.0.1/24 dev mn0'),
    n1: statelite('nodeadd n1 groups=all hosts.ip=10.77.0.11 mac.mac=52:54:00:77:00:01'),
    console: statelite('nodech n1 nodehm.cons=kvm'),
    policy: statelite('chtab priority=1 policy.name=root policy.rule=allow'),
    setup: statelite('setup --network 10.77.0.0/24 --server 10.77.0.1'),
    dnsmasq: words(
      'systemd-run --unit=dns --service-type=exec dnsmasq -k --conf-file=/etc/statelite/generated/dnsmasq.conf',
    ),
    start: words('systemctl start statelite'),
    running: show,
    nodeset: ask('nodeset n1 boot'),
    nodech: ask('nodech n1 hosts.ip=10.77.0.12'),
    again: ask('nodeset n1 boot'),
    hosts: words('cat /etc/statelite/generated/dnsmasq-hosts'),
    reload: words('systemctl reload statelite'),
    kill: words('systemctl kill -s KILL --kill-who=main statelite'),
    wait: ['sh', '-c', `until ${restarted}; do sleep 0.2; done`],
    restarted: show,
    stop: words('systemctl stop statelite'),
    stopped: words('systemctl show -P Result statelite'),
    consoles: words('systemctl start statelite-consoles'),
    recorded: ['sh', '-c', `until ${recorded}; do sleep 0.2; done`],
    told: words('systemctl reload statelite-consoles'),
    end: words('systemctl stop statelite-consoles'),
    ended: words('systemctl show -P Result statelite-consoles'),
    log: words('journalctl --no-pager -o cat -u statelite -u dns'),
  };
  const said = await play(Object.values(acts));
  const names = Object.keys(acts);
  const out = (name: keyof typeof acts) => said[names.indexOf(name)]?.out ?? '';
  const failed = names.flatMap((name, at) =>
    said[at]?.code === 0 ? [] : `${name}: ${said[at]?.out}`,
  );
  expect(failed).toEqual([]);

  const running = ['answers on ports 3001, 3002, 80', 'active'];
  expect(out('running').split('\n')).toEqual(expect.arrayContaining([...running, '0']));
  // A client sets a node: its reservation follows, and the dnsmasq of another user is told.
  for (const name of ['nodeset', 'again'] as const)
    expect(out(name)).toContain('<data>boot</data>');
  expect(out('hosts')).toContain('\n52:54:00:77:00:01,10.77.0.12,n1\n');
  const log = out('log');
  expect(log.match(/read \/etc\/statelite\/generated\/dnsmasq-hosts/gu)?.length).toBe(2);
  expect(log).toContain('certificates read again');
  expect(out('restarted').split('\n')).toEqual(expect.arrayContaining([...running, '1']));
  expect(out('stopped')).toBe('success\n');
  expect(out('recorded')).toContain('1 of 1 consoles are recorded');
  expect(out('ended')).toBe('success\n');
}, 420_000);

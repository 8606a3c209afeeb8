import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { boot } from '../../agent/boot.ts';
import { linuxSystem } from '../../agent/linux.ts';
import { openJournal } from '../../agent/machine/journal.ts';
import type { Programs } from '../../agent/machine/spawn.ts';
import { marker } from '../../agent/machine/switch-root.ts';
import { parseCmdline } from '../../agent/protocol/cmdline.ts';
import type { System } from '../../agent/system.ts';
import type { DaemonDeps } from '../../mgmt/daemon/deps.ts';
import { certificatePaths } from '../../mgmt/setup/certificates.ts';
import type { BootCase } from './boot.ts';
import { bootAnswer, startTestDaemon, view } from './daemon.ts';
import { nativeAddon } from './native.ts';
import { nfsServer } from './nfs-server.ts';
import { enterSandbox } from './sandbox.ts';

/**
 * The boot sequence of a node as PID 1, from modules to switch_root. Stand-ins: NFS mounts are bind
 * mounts (behind a real probe), the interface is a few files, the operator leaves each shell at once.
 * The daemon is real, in this process.
 */
const given: BootCase = JSON.parse(await text(process.stdin));
const native = nativeAddon();
const linux = linuxSystem(native);
linux.interfaceUp('lo');

const answers = [...given.answers];
const reports = '/exports/reports';
const etc = join(given.exports, 'etc');
const deps: Partial<DaemonDeps> = {
  view: async () => ({
    ...view,
    identify: () => 'cn01',
    answerFor: async () => {
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? bootAnswer;
      return { ...bootAnswer, ...answer, node: 'cn01', litetree: answer.litetree.map(onPort) };
    },
  }),
  recordReport: async (_, report) => appendFileSync(reports, `${JSON.stringify(report)}\n`),
};
const daemon = await startTestDaemon(etc, deps, { installdir: '/exports' });
const nfs = await nfsServer();

/** The port of the stand-in is known only here. */
function onPort<Row extends { mntopts: string }>(row: Row): Row {
  return { ...row, mntopts: [row.mntopts, `port=${nfs.port}`].join().replace(/^,/u, '') };
}

const interfaces = '/sys/class/net/eth0';
await enterSandbox(
  given.initramfs,
  {
    [marker]: `${release()}\n`,
    '/etc/statelite/ca.pem': readFileSync(certificatePaths(etc).ca, 'utf8'),
    [`/lib/modules/${release()}/modules.dep`]: '',
    [`/lib/modules/${release()}/modules.builtin`]: 'nfsv4.ko\n',
    '/sys/devices': { dir: 0o755 },
    [`${interfaces}/address`]: '52:54:00:77:00:01\n',
    [`${interfaces}/carrier`]: '1\n',
    [`${interfaces}/device`]: { dir: 0o755 },
  },
  given.exports,
  linux,
);
writeFileSync(reports, '');

const system: System = {
  ...linux,
  mountWatched: async (source, target, _fstype, _data, { readonly = false }) =>
    linux.bind(join('/exports', source.slice(source.indexOf(':') + 1)), target, readonly),
  halt: () => process.exit(7),
  loadModule: async () => {},
  interfaceUp: () => {},
  interfaceAddress: () => {},
  defaultRoute: () => {},
};

const started: string[] = [];
const programs: Programs = {
  started,
  run: async (file, argv) => {
    started.push([file, ...argv].join(' '));
    return { code: 0, signal: undefined, output: '' };
  },
};

const own =
  `root=nfs:127.0.0.1:/root:port=${nfs.port} XCAT=127.0.0.1:${daemon.ports.tls} ` +
  `STATEMNT=127.0.0.1:/persistent MNTOPTS=port=${nfs.port} XCATIPORT=${daemon.ports.status} ` +
  'NODE=cn01 ip=10.0.0.7:::255.0.0.0';
const packed =
  given.packed === undefined
    ? ''
    : `imgurl=http://127.0.0.1:${daemon.ports.http}//exports/netboot/img/${given.packed}`;
await boot({
  cmdline: parseCmdline(`${own} ${packed} ${given.words}`),
  release: release(),
  system,
  calls: native,
  programs,
  journal: openJournal(() => false, { kmsg: '/none', control: '/none', console: 2 }),
  initArguments: ['single'],
});

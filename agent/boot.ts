import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from './errors.ts';
import type { CopyCalls } from './files/copy.ts';
import { offerResolvConf } from './files/resolv-conf.ts';
import { type ImageRecord, readImage } from './files/image-record.ts';
import { linkEntries, type Linked, type Stores } from './link.ts';
import { Deadline, retry } from './machine/deadline.ts';
import type { Journal } from './machine/journal.ts';
import { type Lease, renderResolvConf } from './machine/lease.ts';
import { type Modules, openModules } from './machine/modules.ts';
import { unmountBelow } from './machine/mounts.ts';
import { nodeName, refuseNameless } from './machine/name.ts';
import { startNetwork } from './machine/network.ts';
import { mountNfs, type NfsDeps } from './machine/nfs-mount.ts';
import { type Phases, trackPhases } from './machine/progress.ts';
import { isFinalAnswer, type ManagementNode, managementNode } from './machine/query.ts';
import { rescue } from './machine/rescue.ts';
import { openShell } from './machine/shell.ts';
import type { Programs } from './machine/spawn.ts';
import { sendStatus } from './machine/status.ts';
import { mountStores, mountVolatile } from './machine/stores.ts';
import { checkInit, switchRoot } from './machine/switch-root.ts';
import type { BootAnswer } from './protocol/answer.ts';
import type { Cmdline } from './protocol/cmdline.ts';
import { buildReport, reportError } from './report.ts';
import { layout } from './rules/layout.ts';
import { storeOf } from './rules/options.ts';
import type { System } from './system.ts';

export interface Machine {
  readonly cmdline: Cmdline;
  readonly release: string;
  readonly system: System;
  readonly calls: CopyCalls;
  readonly programs: Programs;
  readonly journal: Journal;
  /** Words of the kernel command line that are meant for init. */
  readonly initArguments: readonly string[];
}

const newRoot = '/newroot';

/** The boot sequence (semantics 5), one line a phase. Never returns: it ends in the image's init. */
export async function boot(machine: Machine): Promise<never> {
  const { cmdline, journal } = machine;
  const phases = trackPhases(journal.log);
  const base = await untilItWorks(machine, phases, (tries) => prepare(machine, phases, tries));
  const linked = await untilItWorks(machine, phases, (tries) =>
    attempt(machine, phases, base, tries),
  );
  await phases.run('report', () => handIn(machine, phases, base, linked));
  await pause(machine, 3, 'every entry is in place; next comes switch_root');
  journal.log.info(`switch_root to ${cmdline.init}`);
  base.management.close();
  journal.release();
  return switchRoot(newRoot, cmdline.init, machine.initArguments, machine.system);
}

/** One try of a part of the boot: its time, and the news that it was given up. */
interface Try {
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
}

/** Tries; after a failure the operator decides in the rescue, and it starts again (semantics 5.6). */
async function untilItWorks<Result>(
  machine: Machine,
  phases: Phases,
  work: (tries: Try) => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const deadline = new Deadline(machine.cmdline.deadline);
    const giveUp = new AbortController();
    try {
      return await deadline.guard(work({ deadline, signal: giveUp.signal }), phases.current);
    } catch (error) {
      giveUp.abort();
      await reportError(error, machine, phases);
      await rescue(error, machine);
    }
  }
}

/** What is there once the root is mounted. */
interface Base {
  readonly lease: Lease;
  readonly node: string | undefined;
  readonly management: ManagementNode;
  readonly nfs: Omit<NfsDeps, 'deadline'>;
  readonly modules: Modules;
}

async function prepare(machine: Machine, phases: Phases, { deadline }: Try): Promise<Base> {
  const { cmdline, system, programs, journal } = machine;
  const { log } = journal;
  const modules = await phases.run('modules', () => loadModules(machine));
  const lease = await phases.run('network', () =>
    startNetwork(cmdline, { system, programs, log, deadline }),
  );
  const node = nodeName(cmdline.node, lease);
  if (node !== undefined) system.setHostname(node);
  if (cmdline.reportStatus) {
    void sendStatus(cmdline.xcat.host, cmdline.statusPort, 'netbooting', log);
  }
  const management = await managementNode(cmdline);
  const nfs = { system, log, loadClient: (version: string) => loadClient(modules, version) };
  await phases.run('root', () => mountRoot(machine, { ...nfs, deadline }));
  await deadline.paused(() => pause(machine, 1, `the root is mounted on ${newRoot}`));
  return { lease, node, management, nfs, modules };
}

/** From the query to the last entry; everything it mounts is below the root and can be taken off again. */
async function attempt(
  machine: Machine,
  phases: Phases,
  base: Base,
  { deadline, signal }: Try,
): Promise<Booted> {
  const { cmdline, system, calls, journal } = machine;
  const { log } = journal;
  await unmountBelow(newRoot, system);
  const answer = await phases.run('query', () =>
    retry({ deadline, log, what: 'query', isFinal: isFinalAnswer }, () =>
      base.management.ask(base.node ?? '', Math.max(1000, Math.min(20_000, deadline.left - 500))),
    ),
  );
  const image = await phases.run('image', () => readImage(newRoot, answer.litefile));
  if (base.node === undefined && keepsAnything(image)) refuseNameless();
  const stores = await phases.run('stores', async () => {
    await mountVolatile(newRoot, answer.permission, system);
    journal.keepIn(join(newRoot, layout.log));
    const deps = { ...base.nfs, system, deadline, modules: base.modules };
    const { entries } = image;
    const node = base.node ?? answer.node;
    return mountStores({ ...answer, root: newRoot, node, entries, cmdline }, deps);
  });
  await deadline.paused(() => pause(machine, 2, 'persistent storage and trees are mounted'));
  const linked = await phases.run('entries', () =>
    linkEntries(newRoot, image, stores, {
      system,
      calls,
      signal,
      onStep: ({ step, took, why }) =>
        log.info(`${step} (${took.toFixed(1)} ms)${why === undefined ? '' : `; ${why}`}`),
    }),
  );
  if (await offerResolvConf(newRoot, renderResolvConf(base.lease)))
    log.info('wrote /etc/resolv.conf');
  await checkInit(newRoot, cmdline.init);
  return { answer, stores, linked };
}

/** What was decided and done, for the report. */
export interface Booted {
  readonly answer: BootAnswer;
  readonly stores: Stores;
  readonly linked: Linked;
}

async function loadModules({ release, system, journal, cmdline }: Machine): Promise<Modules> {
  const modules = await openModules(release, system, journal.log);
  const isDisk = /\/(block|scsi|ata|nvme|md)\//u;
  await modules.loadForDevices((file) => cmdline.localdisk !== undefined || !isDisk.test(file));
  return modules;
}

async function loadClient(modules: Modules, version: string): Promise<void> {
  await modules.load(version === '3' ? 'nfsv3' : 'nfsv4');
}

async function mountRoot({ cmdline }: Machine, nfs: NfsDeps): Promise<void> {
  await mkdir(newRoot, { recursive: true });
  const { server, directory, options } = cmdline.root;
  await mountNfs(
    {
      server,
      directory,
      target: newRoot,
      options: ['ro', 'hard', ...options],
      code: 'ERR_STATELITE_NFSROOT',
      hint: 'is the image exported to the node? NFSROOT= names the directory that holds rootimg',
    },
    nfs,
  );
}

function keepsAnything({ entries }: ImageRecord): boolean {
  return [...entries.entries.values()].some(({ option }) => storeOf(option) === 'persistent');
}

/** `shell` on the command line stops here, each time with a shell (semantics 5.4). */
async function pause({ cmdline, programs }: Machine, number: number, where: string): Promise<void> {
  if (cmdline.shell) await openShell(programs, `statelite: pause ${number} of 3: ${where}`);
}

async function handIn(machine: Machine, phases: Phases, base: Base, booted: Booted): Promise<void> {
  const { log } = machine.journal;
  const report = await buildReport(machine, phases, base.node, booted);
  for (const warning of report.warnings) log.warn(warning);
  const spent = (report.took / 1000).toFixed(1);
  log.info(
    `${report.outcome}: ${booted.linked.steps.length} steps, ${report.warnings.length} warnings, ${spent} s`,
  );
  try {
    await base.management.report(report, 5000);
  } catch (error) {
    // Reporting never fails a boot.
    if (!(error instanceof StateliteError)) throw error;
    log.warn(`the boot report was not handed in: ${error.message}`);
  }
}

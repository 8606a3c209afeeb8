import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stores } from './decide.ts';
import { hasCode, StateliteError } from './errors.ts';
import type { CopyCalls } from './files/copy.ts';
import { replaceFile } from './files/replace.ts';
import { offerResolvConf } from './files/resolv-conf.ts';
import { type ImageRecord, readGeneration, readImage } from './files/image-record.ts';
import { linkEntries, type Linked } from './link.ts';
import { Deadline, retry } from './machine/deadline.ts';
import type { DiskDeps } from './machine/disk-apply.ts';
import { kernelPlaces } from './machine/disk-survey.ts';
import type { Journal } from './machine/journal.ts';
import { type Lease, renderResolvConf } from './machine/lease.ts';
import { type Modules, openModules } from './machine/modules.ts';
import { unmountBelow } from './machine/mounts.ts';
import { nodeName, refuseNameless } from './machine/name.ts';
import { startNetwork } from './machine/network.ts';
import { mountNfs, type NfsDeps } from './machine/nfs-mount.ts';
import { type Phases, trackPhases } from './machine/progress.ts';
import { mountRamRoot } from './machine/ram-root.ts';
import { isFinalAnswer, type ManagementNode, managementNode, readTrust } from './machine/query.ts';
import { rescue } from './machine/rescue.ts';
import { openShell } from './machine/shell.ts';
import type { Programs } from './machine/spawn.ts';
import { sendStatus } from './machine/status.ts';
import { mountStores, mountVolatile } from './machine/stores.ts';
import { checkInit, switchRoot } from './machine/switch-root.ts';
import type { BootAnswer } from './protocol/answer.ts';
import type { Cmdline, NfsRoot } from './protocol/cmdline.ts';
import { bootId, buildReport, reportError } from './report.ts';
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
/** A packed file system is kept there while it is mounted. */
const imageStore = '/image';

/** The boot sequence (semantics 5), one line a phase. Never returns: it ends in the image's init. */
export async function boot(machine: Machine): Promise<never> {
  const { cmdline, journal } = machine;
  const phases = trackPhases(journal.log);
  const disk: DiskNotes = { steps: [], warnings: [] };
  const untilItWorks = startTrying(machine, phases, disk);
  const base = await untilItWorks((tries) => prepare(machine, tries));
  const booted = await untilItWorks((tries) => attempt(machine, base, tries, disk));
  await phases.run('report', () => handIn(machine, phases, base, booted));
  await pause(machine, 3, 'every entry is in place; next comes switch_root');
  journal.log.info(`switch_root to ${cmdline.init}`);
  base.management.close();
  journal.release();
  return switchRoot(newRoot, cmdline.init, machine.initArguments, machine.system);
}

/** What was done to local disks in any try: what was wiped must be in the report of a failure too. */
export type DiskNotes = Pick<DiskDeps, 'steps' | 'warnings'>;

/** One try of a part of the boot. Once it is given up, none of its phases begins any more. */
interface Try {
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  readonly run: Phases['run'];
  readonly pause: (number: number, where: string) => Promise<void>;
}

/**
 * Tries part after part within one deadline (semantics 5.7). After a failure the operator decides in
 * the rescue; then the part starts again, with new time (5.6).
 */
function startTrying(machine: Machine, phases: Phases, disk: DiskNotes) {
  const seconds = machine.cmdline.deadline;
  let deadline = new Deadline(seconds);
  return async <Result>(work: (tries: Try) => Promise<Result>): Promise<Result> => {
    for (;;) {
      const giveUp = new AbortController();
      try {
        return await deadline.guard(work(startTry(deadline, giveUp.signal)), phases.current);
      } catch (error) {
        giveUp.abort();
        await reportError(error, machine, phases, () => openManagement(machine), disk.steps);
        await rescue(error, machine);
        deadline = new Deadline(seconds);
      }
    }
  };

  function startTry(within: Deadline, signal: AbortSignal): Try {
    return {
      deadline: within,
      signal,
      run: async (name, work) => {
        signal.throwIfAborted();
        return phases.run(name, work);
      },
      pause: async (number, where) => {
        signal.throwIfAborted();
        await within.paused(() => pause(machine, number, where));
      },
    };
  }
}

/** What is there once the root is mounted. */
interface Base {
  readonly lease: Lease;
  readonly node: string | undefined;
  readonly management: ManagementNode;
  readonly nfs: Omit<NfsDeps, 'deadline'>;
  readonly modules: Modules;
  readonly generation: number | undefined;
}

async function prepare(machine: Machine, tries: Try): Promise<Base> {
  const { cmdline, system, programs, journal } = machine;
  const { deadline } = tries;
  const { log } = journal;
  const modules = await tries.run('modules', () => loadModules(machine));
  const loadDrivers = () => modules.loadForDevices(isWanted(cmdline));
  const lease = await tries.run('network', () =>
    startNetwork(cmdline, { system, programs, loadDrivers, log, deadline }),
  );
  const node = nodeName(cmdline.node, lease);
  if (node !== undefined) system.setHostname(node);
  if (cmdline.reportStatus) {
    void sendStatus(cmdline.xcat.host, cmdline.statusPort, 'netbooting', log);
  }
  const management = await openManagement(machine);
  const nfs = { system, log, loadClient: (version: string) => loadClient(modules, version) };
  const generation = await mountRoot(machine, tries, nfs, modules);
  await tries.pause(1, `the root is mounted on ${newRoot}`);
  return { lease, node, management, nfs, modules, generation };
}

/** From the query to the last entry; everything it mounts is below the root and can be taken off again. */
async function attempt(machine: Machine, base: Base, tries: Try, disk: DiskNotes): Promise<Booted> {
  const { cmdline, system, calls, programs, journal } = machine;
  const { deadline, signal } = tries;
  const { log } = journal;
  journal.leaveFile();
  await unmountBelow(newRoot, system);
  const answer = await tries.run('query', () =>
    retry({ deadline, log, what: 'query', isFinal: isFinalAnswer }, () =>
      base.management.ask(base.node ?? '', Math.max(1000, Math.min(20_000, deadline.left - 500))),
    ),
  );
  const known = nodeName(answer.node, base.lease);
  if (base.node !== undefined && base.node !== known) {
    log.warn(`by its address, the management node takes ${base.node} for ${answer.node}`);
  }
  const node = base.node ?? known ?? '';
  const image = await tries.run('image', () => readImage(newRoot, answer.litefile));
  if (base.node === undefined && keepsAnything(image)) refuseNameless();
  const stores = await tries.run('stores', async () => {
    await mountVolatile(newRoot, answer.permission, system);
    journal.keepIn(join(newRoot, layout.log));
    const onDisk = { ...disk, programs, signal, places: kernelPlaces, boot: bootId() };
    const deps = { ...base.nfs, system, deadline, modules: base.modules, disk: onDisk };
    const { entries } = image;
    return mountStores({ ...answer, root: newRoot, node, entries, cmdline }, deps);
  });
  await tries.pause(2, 'persistent storage and trees are mounted');
  const linked = await tries.run('entries', () =>
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
  return { answer, stores, linked, generation: base.generation, disk };
}

/** What was decided and done, for the report. */
export interface Booted {
  readonly answer: BootAnswer;
  readonly stores: Stores;
  readonly linked: Linked;
  readonly generation?: number | undefined;
  readonly disk: DiskNotes;
}

async function loadModules({ release, system, journal, cmdline }: Machine): Promise<Modules> {
  const modules = await openModules(release, system, journal.log);
  await modules.loadForDevices(isWanted(cmdline));
  return modules;
}

/** Drivers of disks take long, and are for nothing without a local disk. */
function isWanted({ localdisk }: Cmdline): (file: string) => boolean {
  return (file) => localdisk !== undefined || !/\/(block|scsi|ata|nvme|md)\//u.test(file);
}

async function openManagement({ cmdline }: Machine): Promise<ManagementNode> {
  return managementNode(cmdline.xcat, readTrust(cmdline));
}

async function loadClient(modules: Modules, version: string): Promise<void> {
  await modules.load(version === '3' ? 'nfsv3' : 'nfsv4');
}

/** The root over NFS, or out of memory after a download; returns the generation of its image. */
async function mountRoot(
  { cmdline, system }: Machine,
  { run, deadline, signal }: Try,
  nfs: Base['nfs'],
  modules: Modules,
): Promise<number | undefined> {
  const { root, rootlimit } = cmdline;
  await mkdir(newRoot, { recursive: true });
  if ('url' in root) {
    const { log } = nfs;
    const trust = async () => readTrust(cmdline);
    await run('download', async (brought) => {
      const wishes = { image: root, limit: rootlimit, target: newRoot, store: imageStore };
      brought(await mountRamRoot(wishes, { system, log, deadline, signal, modules, trust }));
    });
  }
  return run('root', async () => {
    if (!('url' in root)) await mountNfsRoot(root, { ...nfs, deadline });
    return readGeneration(newRoot);
  });
}

async function mountNfsRoot(root: NfsRoot, nfs: NfsDeps): Promise<void> {
  const { server, directory, options } = root;
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

/** Reporting never fails a boot. */
async function handIn(machine: Machine, phases: Phases, base: Base, booted: Booted): Promise<void> {
  const { log } = machine.journal;
  const report = buildReport(machine, phases, base.node, booted);
  for (const warning of report.warnings) log.warn(warning);
  const spent = (report.took / 1000).toFixed(1);
  log.info(
    `${report.outcome}: ${booted.linked.steps.length} steps, ${report.warnings.length} warnings, ${spent} s`,
  );
  try {
    await replaceFile(join(newRoot, layout.report), `${JSON.stringify(report, undefined, 1)}\n`);
  } catch (error) {
    if (!hasCode(error, 'ENOSPC')) throw error;
    log.warn(`${layout.report} was not written: ${error.message}`);
  }
  try {
    await base.management.report(report, 5000);
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    log.warn(`the boot report was not handed in: ${error.message}`);
  }
}

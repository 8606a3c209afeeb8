import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from '../agent/errors.ts';
import { probeAccel, type Accel } from './accel.ts';
import {
  type ArchitectureName,
  architectures,
  type Firmware,
  nativeArchitecture,
} from './architectures.ts';
import { cached } from './images.ts';
import { startMachine, type Machine } from './machine.ts';
import { startLab, type Lab } from './network.ts';
import { nodeOn, type Node } from './node.ts';
import { patienceFor } from './patience.ts';
import type { DirectKernel, Start } from './qemu.ts';
import { tails } from './report.ts';
import {
  qemuVersion,
  resumed,
  savedMac,
  savedStateKey,
  saveState,
  type Resumable,
  type SavedState,
} from './saved-state.ts';
import type { LabSettings } from './settings.ts';
import { identify, labPrefix, sweepLabs, writeRecord } from './sweep.ts';

interface Hardware {
  readonly mac: string;
  /** x86_64 unless told. */
  readonly arch?: ArchitectureName;
  /** MiB, 1024 unless told. */
  readonly memory?: number;
  /** A raw disk image. */
  readonly disk?: string;
}

export interface NetworkBoot extends Hardware {
  /** By default what the architecture has: BIOS, UEFI, SLOF. */
  readonly firmware?: Firmware;
}

export type DirectBoot = Hardware & DirectKernel;

/** A lab with machines in it, and one directory for all they leave behind. */
export interface Rack extends AsyncDisposable {
  readonly lab: Lab;
  readonly accel: Accel;
  readonly directory: string;
  /** In `directory`: every server's and every machine's log. */
  readonly logs: string;
  /** Power on: firmware, DHCP, boot program. */
  boot(name: string, hardware: NetworkBoot): Promise<Node>;
  /** Power on with a kernel handed over by QEMU; no firmware, no DHCP. */
  bootDirect(name: string, machine: DirectBoot): Promise<Node>;
  /** The saved state of a guest, made at most once per machine. */
  savedState(guest: Resumable): Promise<SavedState>;
  /** A machine that continues at the saved point, with its own MAC and the right time. */
  resume(name: string, state: SavedState, mac: string): Promise<Node>;
  /** The tails of all logs; also after the rack is gone. */
  report(): Promise<string>;
}

/** Opens a lab without servers; sweeps what crashed runs have left. */
export async function openRack(settings: LabSettings, { outlives = false } = {}): Promise<Rack> {
  await sweepLabs(settings.temporary);
  const directory = await mkdtemp(join(settings.temporary, labPrefix));
  await chmod(directory, 0o755); // dnsmasq serves files as nobody
  const logs = join(directory, 'logs');
  await mkdir(logs);
  const lab = await startLab({ outlives });
  await writeRecord(directory, {
    owner: identify(process.pid),
    holder: identify(lab.holder),
    keepDirectory: settings.keepDirectory,
    outlives,
  });
  const accel = await accelOfHost(settings.cache, directory);
  const machineDirectory = (name: string) => join(directory, 'machines', name);
  const machines = new Map<string, { tap: string; machine: Machine }>();
  let lastReport: string | undefined;
  let closing: Promise<void> | undefined;
  const close = async () => {
    for (const { machine } of machines.values()) machine.release();
    await lab[Symbol.asyncDispose]();
    if (outlives) return;
    lastReport = await tails(logs);
    if (!settings.keepDirectory) await rm(directory, { recursive: true, force: true });
  };

  const powerOn = async (name: string, start: Start, hardware: Hardware) => {
    const { mac, arch = nativeArchitecture, memory = 1024, disk } = hardware;
    const earlier = machines.get(name);
    if (earlier?.machine.isRunning) {
      throw new StateliteError('ERR_STATELITE_VM', `${name} is already running`);
    }
    const place = machineDirectory(name);
    await mkdir(place, { recursive: true });
    const { uefi } = architectures[arch];
    if (start.kind === 'uefi' && uefi !== undefined)
      await copyFile(uefi.variables, start.variables);
    const tap = earlier?.tap ?? (await lab.addTap());
    const sockets = { console: join(place, 'console'), qmp: join(place, 'qmp') };
    const own = arch === nativeArchitecture ? accel : 'tcg';
    const spec = { name, arch, accel: own, memory, start, nic: { tap, mac }, sockets, disk };
    const machine = await startMachine(lab, spec, { logs, patience: patienceFor(own) });
    machines.set(name, { tap, machine });
    return machine;
  };

  return {
    lab,
    accel,
    directory,
    logs,
    async boot(name, { firmware, ...hardware }) {
      const chosen = firmware ?? architectures[hardware.arch ?? nativeArchitecture].firmware;
      const start = firmwareStart(chosen, join(machineDirectory(name), 'vars.fd'));
      return nodeOn(await powerOn(name, start, hardware));
    },
    async bootDirect(name, { kernel, initrd, append, ...hardware }) {
      return nodeOn(await powerOn(name, { kind: 'direct', kernel, initrd, append }, hardware));
    },
    async savedState(guest) {
      const { kernel, initrd, append, memory, ready } = guest;
      const key = await savedStateKey(guest, accel);
      const file = await cached(settings.cache, 'state', key, async (path) => {
        const start: Start = { kind: 'direct', kernel, initrd, append };
        const machine = await powerOn('saved-state', start, { mac: savedMac, memory });
        await machine.console.sees(ready, { within: '15s' });
        await saveState(machine, path);
      });
      return { file, guest };
    },
    async resume(name, { file, guest }, mac) {
      const { kernel, initrd, append, memory } = guest;
      const start: Start = { kind: 'resume', state: file, kernel, initrd, append };
      const machine = await powerOn(name, start, { mac: savedMac, memory });
      await resumed(machine);
      const node = nodeOn(machine, { atShell: true });
      await node.type('\n\n'); // the first byte after a resume is lost
      await node.run(
        `ip link set eth0 address ${mac} && date -s @${Math.floor(Date.now() / 1000)}`,
      );
      return node;
    },
    report: async () => lastReport ?? tails(logs),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

function firmwareStart(firmware: Firmware, variables: string): Start {
  switch (firmware) {
    case 'bios':
    case 'slof':
      return { kind: 'built-in' };
    case 'uefi':
      return { kind: 'uefi', variables, by: 'pxe' };
    case 'uefi-http':
      return { kind: 'uefi', variables, by: 'http' };
  }
}

/** Probed once per boot of the host: where KVM only pretends to work, the answer costs seconds. */
async function accelOfHost(cache: string, directory: string): Promise<Accel> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  const path = await cached(cache, 'accel', [await qemuVersion(), bootId], async (answer) =>
    writeFile(answer, await probeAccel(directory)),
  );
  return (await readFile(path, 'utf8')) === 'kvm' ? 'kvm' : 'tcg';
}

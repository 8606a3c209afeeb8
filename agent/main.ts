import { existsSync, readFileSync, writeSync } from 'node:fs';
import { release } from 'node:os';
import { boot } from './boot.ts';
import { explainError } from './errors.ts';
import { linuxSystem } from './linux.ts';
import { mountDevices } from './machine/devices.ts';
import { openJournal } from './machine/journal.ts';
import { rescue } from './machine/rescue.ts';
import { programs } from './machine/spawn.ts';
import { marker } from './machine/switch-root.ts';
import { loadNative } from './native/load.ts';
import { type Cmdline, onfailOf, parseCmdline } from './protocol/cmdline.ts';
import { version } from './version.ts';

/** For rehearsals: what takes a boot's time beside waiting (scripts/build). */
export { readImage } from './files/image-record.ts';
export { linkEntries } from './link.ts';
export { loadNative, parseCmdline };

/** PID 1: it never returns, never exits, and never throws; whatever happens ends in a shell or a reboot. */
async function main(): Promise<never> {
  const native = loadNative('/');
  const system = linuxSystem(native);
  await mountDevices(system);
  const words = readFileSync('/proc/cmdline', 'utf8');
  const onfail = onfailOf(words);
  const journal = openJournal(() => /(^|\s)debug(\s|$)/u.test(words));
  const started = programs();
  const failsafe = { cmdline: { onfail }, system, programs: started, journal };
  process.on('uncaughtException', (error) => void lastResort(error));
  process.on('unhandledRejection', (error) => void lastResort(error));
  journal.log.info(`agent ${version} on kernel ${release()}`);

  try {
    return await boot({
      cmdline: await readCmdline(),
      release: release(),
      system,
      calls: native,
      programs: started,
      journal,
      initArguments: process.argv.slice(2).filter((word) => !isOurs(word)),
    });
  } catch (error) {
    return lastResort(error);
  }

  async function readCmdline(): Promise<Cmdline> {
    for (;;) {
      try {
        return parseCmdline(words);
      } catch (error) {
        await rescue(error, failsafe);
      }
    }
  }

  /** A bug, or no way back: it can only be said again whenever the shell is left. */
  async function lastResort(error: unknown): Promise<never> {
    for (;;) await rescue(error, failsafe);
  }
}

/** The kernel hands unknown words without `=` to init; these were for the agent. */
function isOurs(word: string): boolean {
  return (
    ['shell', 'debug', 'nonodestatus', 'statelite.insecure'].includes(word) ||
    /^PARTITION(_DOMOUNT)?(_RH|_SLES)?$/u.test(word)
  );
}

/** Boots the node, if this is the init of an initramfs. */
export function start(): void {
  if (process.pid === 1 && existsSync(marker)) {
    main().catch((error: unknown) => {
      // Before the journal and the rescue exist there is only the console.
      for (const line of explainError(error)) writeSync(2, `statelite: ${line}\n`);
      setInterval(() => {}, 2 ** 30); // PID 1 must not end: the console keeps the reason
    });
  } else {
    writeSync(
      2,
      'statelite-agent is the init of a statelite initramfs and does nothing elsewhere\n',
    );
    process.exitCode = 2;
  }
}

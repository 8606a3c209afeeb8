import { hasCode } from '../../agent/errors.ts';
import { processesNamed } from '../doctor/process-list.ts';
import type { Context } from './context.ts';

/**
 * Lets the servers that were started with `file` read again what they can (SIGHUP). dnsmasq does
 * not read its main file again: `restart` says that it has changed. How many were told.
 */
export async function reloadServers(
  { log, print }: Pick<Context, 'log' | 'print'>,
  file: string,
  { restart }: { readonly restart: boolean },
): Promise<number> {
  const running = await processesNamed({ root: '/' }, ['dnsmasq', 'kea-dhcp4']);
  const ours = running.filter(({ argv }) => argv.some((word) => word.endsWith(file)));
  for (const { name, pid } of ours) {
    if (name === 'dnsmasq' && restart) {
      log.warn(`restart dnsmasq (pid ${pid}): it does not read ${file} again by itself`);
      continue;
    }
    try {
      process.kill(pid, 'SIGHUP');
      print(`${name} (pid ${pid}): told to read it again`);
    } catch (error) {
      if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
      log.warn(`${name} (pid ${pid}) was not told: ${error.message}`);
    }
  }
  return ours.length;
}

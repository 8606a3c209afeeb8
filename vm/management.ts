import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from './exec.ts';
import type { Lab } from './network.ts';
import { dnsmasq, ganesha, rpcbind, startService, type Service } from './services.ts';

/** The built command. */
export const builtStatelite = join(import.meta.dirname, '..', 'dist', 'statelite');

/** Where a management node keeps things; in the lab all of them are below one directory. */
export interface Places {
  readonly etc: string;
  readonly state: string;
  readonly installdir: string;
  readonly tftpdir: string;
}

/** The lab's management node: real servers, configured by `statelite setup`. */
export interface Management extends Places {
  /** Runs `statelite <words>` on it and returns what it prints. */
  run(...words: string[]): Promise<string>;
  /** The same with this machine's own network: packages of an image come from there. */
  runOutside(...words: string[]): Promise<string>;
  /** If tables may have changed: `setup` again, and the servers take their new configuration. */
  configure(): Promise<void>;
  readonly daemon: Service;
  readonly nfs: Service;
  readonly dhcp: Service;
}

/** Sets up and starts a management node in a lab, with everything it has below `directory`. */
export async function startManagement(
  lab: Lab,
  directory: string,
  logs: string,
  statelite: string,
): Promise<Management> {
  const places = placesBelow(directory);
  for (const path of Object.values(places)) await mkdir(path, { recursive: true });
  const env = environmentFor(places);
  const services = join(directory, 'services');
  const run = (...words: string[]) => lab.enter([statelite, ...words], { env });
  // A story may have written into them: what setup writes counts again.
  const setup = () => run(...setupWords(lab.address, services), '--force');

  await run('chtab', 'key=master', `site.value=${lab.address}`);
  await setup();
  await startService(lab, logs, rpcbind(lab.address));
  const nfs = await startService(lab, logs, ganesha(join(services, 'ganesha.conf')));
  const dhcp = await startService(lab, logs, dnsmasq(join(services, 'dnsmasq.conf')));
  const daemon = await startService(lab, logs, {
    name: 'daemon',
    argv: [statelite, 'serve', '--listen', lab.address],
    env,
    ready: { line: /\bready\b/ },
  });
  const reconfigure = async () => {
    await setup();
    await nfs.reload();
    if (dhcp.isRunning) await dhcp.restart(); // a reload does not read dnsmasq.conf again
  };
  let configured: Promise<void> | undefined;
  return {
    ...places,
    run(verb = '', ...words) {
      if (!leavesTables.has(verb)) configured = undefined;
      return run(verb, ...words);
    },
    runOutside: (...words) =>
      exec([statelite, ...words], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env } }),
    configure: () => (configured ??= reconfigure()),
    daemon,
    nfs,
    dhcp,
  };
}

/** Each place has a setting of the same name. */
export function placesBelow(directory: string): Places {
  const at = (name: string) => join(directory, name);
  return {
    etc: at('etc'),
    state: at('state'),
    installdir: at('install'),
    tftpdir: at('tftpboot'),
  };
}

/** The environment that moves a management node to these places. */
export function environmentFor(places: Places): Record<string, string> {
  return Object.fromEntries(
    Object.entries(places).map(([name, path]) => [`STATELITE_${name.toUpperCase()}`, path]),
  );
}

function setupWords(server: string, output: string): string[] {
  return [
    ['setup', '--network', '10.77.0.0/24', '--server', server, '--interface', 'br0'],
    ['--range', '10.77.0.100-10.77.0.199', '--network6', 'fd77::/64', '--output', output],
  ].flat();
}

/** Verbs after which the servers need nothing new. */
const leavesTables = new Set('nodeset liteimg lslite litefile litetree tabdump nodels'.split(' '));

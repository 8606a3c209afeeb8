import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasCode } from '../../agent/errors.ts';

/** A libvirt of a test, with QEMU for its machines; it knows nothing of this machine's own. */
export interface Libvirtd extends AsyncDisposable {
  /** How virsh reaches it. */
  readonly uri: string;
  /** Runs virsh there and gives what it prints; throws what it complains of. */
  readonly virsh: (...words: readonly string[]) => Promise<string>;
  readonly define: (xml: string) => Promise<void>;
}

/** The user nobody: a libvirtd of root would use /run/libvirt and /var/lib/libvirt. */
const user = 65_534;

export async function libvirtd(): Promise<Libvirtd> {
  const home = await mkdtemp(join(tmpdir(), 'statelite-libvirt-'));
  await mkdir(join(home, 'libvirt'));
  // No second daemon that keeps the logs of machines.
  await writeFile(join(home, 'libvirt/qemu.conf'), 'stdio_handler = "file"\n');
  await writeFile(join(home, 'libvirtd.conf'), `log_outputs = "4:file:${home}/log"\n`);
  for (const path of [home, join(home, 'libvirt')]) {
    await chown(path, user, user);
    await chmod(path, 0o755);
  }
  const environment = ['HOME', 'XDG_RUNTIME_DIR', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME'];
  const child = spawn(
    'setpriv',
    [
      [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--pdeathsig', 'TERM', '--'],
      ['libvirtd', '-f', join(home, 'libvirtd.conf')],
    ].flat(),
    {
      cwd: home,
      stdio: ['ignore', 'ignore', 'ignore'],
      env: {
        PATH: process.env['PATH'],
        ...Object.fromEntries(environment.map((name) => [name, home])),
      },
    },
  );
  const exited = once(child, 'exit');
  const socket = join(home, 'libvirt/libvirt-sock');
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`libvirtd ended with ${child.exitCode}`);
    await sleep(20);
  }
  const uri = `qemu+unix:///session?socket=${socket}`;
  const ask = async (...words: readonly string[]) => {
    const { stdout } = await promisify(execFile)('virsh', ['-q', '-c', uri, ...words]);
    return stdout;
  };
  return {
    uri,
    virsh: ask,
    async define(xml) {
      const file = join(home, 'domain.xml');
      await writeFile(file, xml);
      await ask('define', file);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await endMachines(join(home, 'libvirt/qemu/run'));
      await rm(home, { recursive: true });
    },
  };
}

/** A machine without a disk whose firmware writes to its serial port, for `define`. */
export function domainXml(name: string, { devices = '', serial = true } = {}): string {
  return `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>32</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <bios useserial='${serial ? 'yes' : 'no'}'/>
  </os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    ${serial ? "<serial type='pty'/><console type='pty'/>" : ''}${devices}
  </devices>
</domain>
`;
}

/** Machines live on without their libvirt. */
async function endMachines(run: string): Promise<void> {
  const files = (await readdir(run)).filter((name) => name.endsWith('.pid'));
  for (const file of files.filter((name) => name !== 'driver.pid')) {
    try {
      process.kill(Number(await readFile(join(run, file), 'utf8')), 'SIGKILL');
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error;
    }
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';

/** `statelite serve`, a process of its own, on free ports of every address. */
export interface DaemonProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly ports: { readonly tls: number; readonly status: number; readonly http: number };
  /** What it logged so far. */
  readonly log: () => string;
  /** Bytes of its heap, once garbage is collected. */
  readonly heap: () => Promise<number>;
  readonly openFiles: () => Promise<number>;
}

/** `directory` has etc/ with certificates and tftpboot/. */
export async function daemonProcess(directory: string, database: string): Promise<DaemonProcess> {
  const at = (name: string) => join(directory, name);
  const main = new URL('../../mgmt/main.ts', import.meta.url).pathname;
  const preload = new URL('gc-on-signal.ts', import.meta.url).pathname;
  const flags = ['--expose-gc', '--import', preload];
  const ports = ['--port', '0', '--status-port', '0', '--http-port', '0'];
  const child = spawn(process.execPath, [...flags, main, 'serve', ...ports], {
    env: {
      HEAP_FILE: at('heap'),
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      STATELITE_ETC: at('etc'),
      STATELITE_STATE: at('state'),
      STATELITE_DATABASE: database,
      STATELITE_TFTPDIR: at('tftpboot'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let log = '';
  child.stderr.on('data', (chunk) => (log += String(chunk)));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') break;
    said.push(line);
  }
  if (child.exitCode !== null) throw new Error(`no daemon:\n${log}`);
  const [tls = 0, status = 0, http = 0] = said.map((line) =>
    Number(/port (\d+)$/u.exec(line)?.[1]),
  );
  return {
    child,
    ports: { tls, status, http },
    log: () => log,
    async heap() {
      await rm(at('heap'), { force: true });
      child.kill('SIGUSR2');
      const read = () => readFile(at('heap'), 'utf8').catch(() => '');
      await expect.poll(read, { timeout: 10_000 }).toMatch(/^\d+\n$/);
      return Number(await read());
    },
    openFiles: async () => (await readdir(`/proc/${child.pid}/fd`)).length,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}

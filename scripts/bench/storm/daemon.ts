import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { certificatePaths } from '../../../mgmt/setup/certificates.ts';
import { programOf } from '../tables/program.ts';
import type { Place } from './job.ts';

/** What a daemon spent while something ran. */
export interface Spent {
  /** User and system time of the process with its threads, in milliseconds. */
  readonly cpu: number;
  /** The most memory that it had at a time, in bytes. */
  readonly peak: number;
}

export interface Serve extends Place, AsyncDisposable {
  measure<R>(run: () => Promise<R>): Promise<{ readonly result: R; readonly spent: Spent }>;
}

/** The unit of /proc/PID/stat on Linux, in milliseconds. */
const tick = 10;

/** Starts `statelite serve` on free ports; its log goes to a file in `directory`. */
export async function startServe(directory: string, sources: boolean): Promise<Serve> {
  const [program = '', ...first] = await programOf(sources, directory);
  const log = await open(join(directory, 'log'), 'w');
  const at = (name: string) => join(directory, name);
  const ports = ['--port', '0', '--status-port', '0', '--http-port', '0'];
  const child = spawn(program, [...first, 'serve', '--listen', '127.0.0.1', ...ports], {
    env: {
      STATELITE_ETC: at('etc'),
      STATELITE_STATE: at('state'),
      STATELITE_INSTALLDIR: at('install'),
      STATELITE_TFTPDIR: at('tftpboot'),
    },
    stdio: ['ignore', 'pipe', log.fd],
  });
  await log.close();
  const exited = once(child, 'exit');
  const printed: string[] = [];
  if (child.stdout === null) throw new Error('it is a pipe');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') break;
    printed.push(line);
  }
  if (child.exitCode !== null) throw new Error(`no daemon: ${await readFile(at('log'), 'utf8')}`);
  const [tls = 0, status = 0] = printed.map((line) => Number(/port (\d+)$/u.exec(line)?.[1]));
  const { pid = 0 } = child;
  return {
    ports: { tls, status },
    ca: await readFile(certificatePaths(at('etc')).ca, 'utf8'),
    async measure(run) {
      await writeFile(`/proc/${pid}/clear_refs`, '5'); // the peak is counted anew
      const before = await cpuOf(pid);
      const result = await run();
      return { result, spent: { cpu: (await cpuOf(pid)) - before, peak: await peakOf(pid) } };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')')).split(' ');
  return (Number(fields[12]) + Number(fields[13])) * tick;
}

async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1]) * 1024;
}

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import type { Level, Place, Powered, Seen } from './job.ts';

/** Runs the clients in a process of their own: the daemon must not wait for them. */
export async function runClients(job: Level | Powered, { ports, ca }: Place): Promise<Seen> {
  const file = join(import.meta.dirname, 'client.ts');
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ job, place: { ports, ca } }));
  const seen: Seen = JSON.parse(await text(child.stdout));
  return seen;
}

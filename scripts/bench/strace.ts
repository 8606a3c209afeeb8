import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasCode } from '../../agent/errors.ts';

/** What a program asked of the kernel. */
export interface Calls {
  readonly systemCalls: number;
  /** New processes; threads do not count. */
  readonly processes: number;
}

/** Paths that a traced program looks up to tell that its work begins and ends; nothing is there. */
export const traceMarks = {
  begin: '/.statelite-bench-begin',
  end: '/.statelite-bench-end',
} as const;

/** Throws, with the name of the package, if there is no strace. */
export async function requireStrace(): Promise<void> {
  try {
    await promisify(execFile)('strace', ['--version']);
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw cause;
    throw new Error('system calls are counted with strace: apt-get install strace', { cause });
  }
}

/** Arguments for a trace of every call, for `countTraced`. */
export function straceAll(file: string): string[] {
  return ['-f', '-qq', '-s', '0', '-o', file, '--'];
}

/** Arguments for a table of how often each call was made, for `countSummary`. */
export function straceSummary(file: string): string[] {
  return ['-f', '-qq', '-c', '-o', file, '--'];
}

/** Counts what stands between the marks of a trace, line by line; they themselves do not count. */
export async function countTraced(lines: AsyncIterable<string>): Promise<Calls> {
  let [systemCalls, processes, counts] = [0, 0, false];
  for await (const line of lines) {
    if (line.includes(traceMarks.begin)) counts = true;
    else if (line.includes(traceMarks.end)) counts = false;
    else if (counts && isCall(line)) {
      systemCalls += 1;
      if (isNewProcess(line)) processes += 1;
    }
  }
  return { systemCalls, processes };
}

/** Adds up a table of `strace -c` of programs that have one thread each. */
export function countSummary(table: string): Calls {
  let [systemCalls, processes] = [0, 0];
  for (const line of table.split('\n')) {
    const row = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(?<calls>\d+)\s+(?:\d+\s+)?(?<name>\w+)$/u.exec(line);
    const { calls, name = '' } = row?.groups ?? {};
    if (calls === undefined || name === 'total') continue;
    systemCalls += Number(calls);
    if (/^(?:v?fork|clone3?)$/u.test(name)) processes += Number(calls);
  }
  return { systemCalls, processes };
}

/** A signal or an end is no call, and a call that was interrupted by another's line counts once. */
function isCall(line: string): boolean {
  return /^\d+ +[a-z]\w*\(/u.test(line);
}

/** A thread is no process; execve(2) only changes the program of one. */
function isNewProcess(line: string): boolean {
  return /^\d+ +(?:v?fork|clone3?)\(/u.test(line) && !line.includes('CLONE_THREAD');
}

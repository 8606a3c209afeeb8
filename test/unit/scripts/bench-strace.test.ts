import { describe, expect, test } from 'vitest';
import { countSummary, countTraced, traceMarks } from '../../../scripts/bench/strace.ts';

async function* lines(...text: readonly string[]): AsyncGenerator<string> {
  yield* text;
}

const begin = `7  access("${traceMarks.begin}", F_OK) = -1 ENOENT (No such file or directory)`;
const end = `7  access("${traceMarks.end}", F_OK) = -1 ENOENT (No such file or directory)`;

describe('a trace of every system call', () => {
  test('counts what stands between the marks, each time', async () => {
    const trace = lines('7  read(0, ""..., 1) = 1', begin, '7  close(3) = 0', end, begin, end);
    expect(await countTraced(trace)).toEqual({ systemCalls: 1, processes: 0 });
  });

  test('counts an interrupted call once, and neither signals nor ends', async () => {
    const trace = lines(
      begin,
      '7  futex(0x1, FUTEX_WAIT <unfinished ...>',
      '8  write(4, ""..., 8) = 8',
      '7  <... futex resumed>) = 0',
      '7  --- SIGCHLD {si_signo=SIGCHLD} ---',
      '8  +++ exited with 0 +++',
    );
    expect(await countTraced(trace)).toEqual({ systemCalls: 2, processes: 0 });
  });

  test('a thread is no process; a fork by any call is', async () => {
    const trace = lines(
      begin,
      '7  clone3({flags=CLONE_VM|CLONE_THREAD, ...}, 88) = 9',
      '7  clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 10',
      '7  vfork() = 11',
      '10 execve("/bin/true", ["true"], 0x7f /* 9 vars */) = 0',
    );
    expect(await countTraced(trace)).toEqual({ systemCalls: 4, processes: 2 });
  });
});

test('a summary adds up its calls, with and without errors, and leaves out its total', () => {
  const table = [
    '% time     seconds  usecs/call     calls    errors syscall',
    '------ ----------- ----------- --------- --------- ----------------',
    ' 60.00    0.000600           6       100        12 openat',
    ' 30.00    0.000300           6        50           clone',
    ' 10.00    0.000100           5        20           wait4',
    '------ ----------- ----------- --------- --------- ----------------',
    '100.00    0.001000           5       170        12 total',
  ];
  expect(countSummary(table.join('\n'))).toEqual({ systemCalls: 170, processes: 50 });
});

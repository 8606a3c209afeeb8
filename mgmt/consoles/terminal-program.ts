import { type ChildProcess, spawn } from 'node:child_process';
import { environmentWith } from '../config.ts';
import { plain } from '../core/plain.ts';
import { signalGroup } from '../../agent/signal-group.ts';
import type { Listener, Source } from './source.ts';

/** A program that shows a console and wants a terminal for it: ipmitool or virsh. */
export interface TerminalProgram {
  /** Found by PATH. It takes an escape character with -e, as its first words. */
  readonly name: string;
  readonly words: readonly string[];
  /** What it prints when the console is open; what comes before, and this, is not the node's. */
  readonly ready: RegExp;
  /** Milliseconds that it must live on then: virsh says that it is, and only then finds out. */
  readonly settle: number;
  /** What is not for a command line. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Whoever is killed must not leave a session behind that keeps others out. */
const untilWeEnd = ['--pdeathsig', 'TERM', '--'];

const asTerminal = ['-q', '-e', '-c'];

/** No program says so much before its console is open. */
const longestPreface = 64 * 1024;

/**
 * Runs a program of a console in a terminal of script(1). It is ended with all that it started. One that
 * ends before its console is open ends with what it said.
 */
export function openInTerminal(
  { name, words, ready, settle, environment }: TerminalProgram,
  { opened, data, ended }: Listener,
): Source {
  const named = words.map((word, index) => [`CONSOLE_WORD${index}`, word]);
  // Who has too many files open is given no pipes, and an error follows.
  const child: ChildProcess = spawn(
    'setpriv',
    [...untilWeEnd, 'script', ...asTerminal, shellText(name, words.length), '/dev/null'],
    {
      env: environmentWith({
        LC_ALL: 'C',
        SHELL: '/bin/sh',
        TERM: 'dumb',
        ...Object.fromEntries(named),
        ...environment,
      }),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // a process group of its own, to be ended as a whole
    },
  );
  let preface: Buffer | undefined = Buffer.alloc(0);
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    const said = preface ?? Buffer.alloc(0);
    const found = ready.exec(said.toString('latin1')); // one byte is one character
    const rest = said.subarray(found === null ? 0 : found.index + found[0].length);
    preface = undefined;
    opened();
    if (rest.length > 0) data(rest);
  };
  const take = (bytes: Buffer) => {
    if (preface === undefined) return data(bytes);
    preface = Buffer.concat([preface, bytes]);
    if (preface.length > longestPreface) {
      clearTimeout(timer);
      return begin();
    }
    if (ready.test(preface.toString('latin1'))) timer ??= setTimeout(begin, settle);
  };
  child.on('error', (error) => ended(`${name} cannot be run: ${error.message}`));
  child.stdin?.on('error', () => {}); // its end says more
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  child.on('close', (status, signal) => {
    clearTimeout(timer);
    if (child.pid === undefined) return; // told by `error`
    const said = lastLine(preface?.toString() ?? '');
    if (signal !== null) ended(`${name} was ended by ${signal}`);
    else if (said !== '') ended(`${name}: ${said}`);
    else ended(`${name} ended with status ${status}`);
  });
  return {
    write: (bytes) => void (child.stdin?.writable && child.stdin.write(bytes)),
    // script(1) hangs up the terminal when it ends, which ends what runs there.
    close: () => signalGroup(child.pid, 'SIGTERM'),
  };
}

/**
 * Text for the shell of script(1), which takes no argument list. What varies comes from the
 * environment, where nothing of it is read as shell. Whoever types `~.` or ^] means the node: the
 * escape character is the byte 255, which is part of no character.
 */
function shellText(name: string, count: number): string {
  const words = Array.from({ length: count }, (_, index) => `"$CONSOLE_WORD${index}"`);
  return [`exec ${name} -e "$(printf '\\377')"`, ...words].join(' ');
}

/** The last line that says something, fit to be shown. */
function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/u).map((line) => line.trim());
  return plain(lines.findLast((line) => line !== '')?.slice(0, 200) ?? '');
}

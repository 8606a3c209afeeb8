import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { answerPattern, outputFrom, typedCommand } from '../../../vm/shell.ts';

/** What a terminal would show: the shell's output with its line ends, and a prompt around it. */
function shownBy(typed: string): string {
  const printed = execFileSync('sh', { input: typed, encoding: 'utf8', stdio: 'pipe' });
  return `# ${typed}${printed.replaceAll('\n', '\r\n')}# `;
}

function runTyped(command: string) {
  const match = answerPattern(7).exec(shownBy(typedCommand(command, 7)));
  if (match === null) throw new Error('no answer');
  return outputFrom(match);
}

describe('a command typed into a shell', () => {
  test.for([
    ['echo hello', 'hello\n'],
    ["printf 'no line end'", 'no line end'],
    ['true', ''],
    [`echo "it's" '$HOME'`, "it's $HOME\n"],
    ["printf 'a\tb\\n'; printf 'c\r\n'", 'a\tb\nc\r\n'],
    ['echo one\necho two', 'one\ntwo\n'],
    ["printf '%s' 'back\\slash\n'", 'back\\slash\n'],
    ['printf %s "Grüße"', 'Grüße'],
    ['echo "@@begin 6@@"', '@@begin 6@@\n'],
  ])('%j gives back its output', ([command, output]) => {
    expect(runTyped(command ?? '')).toEqual({ output, status: 0 });
  });

  test('gives back its status', () => {
    expect(runTyped('echo gone wrong; exit 3')).toEqual({ output: 'gone wrong\n', status: 3 });
  });

  test('with an open quote is an answer, not a shell that waits for more', () => {
    expect(runTyped("echo 'oops").status).toBe(2);
  });

  test('does not read what is typed after it', () => {
    expect(runTyped('cat')).toEqual({ output: '', status: 0 });
  });

  test('is one line, whatever it has in it', () => {
    expect(typedCommand('a\nb\tc', 1)).toMatch(/^[^\n\t]*\n$/);
  });

  test('is not found in its own echo', () => {
    const typed = typedCommand('sleep 1', 7);
    expect(answerPattern(7).test(`${typed}${typed}`)).toBe(false);
  });

  test('too long for a line editor is refused', () => {
    expect(() => typedCommand('x'.repeat(1000), 1)).toThrow('too long to be typed');
  });
});

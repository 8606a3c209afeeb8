import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasCode } from '../../../../agent/errors.ts';
import { runCommand } from '../../../../mgmt/commands/run-command.ts';

describe('a command', () => {
  test.for<[string, string]>([
    ['uname -s', 'Linux'],
    ['echo a b; true', 'a b'],
    ['printf "x\\n\\n"', 'x'],
    ['echo out; echo err >&2', 'out'],
    ['pwd', '/'],
    ['id -u; exit 0', '65534'],
    ['id -G', '65534'],
    ['env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
    ['grep ^NoNewPrivs /proc/self/status | tr "\\t" " "', 'NoNewPrivs: 1'],
    ['grep ^CapBnd /proc/self/status | tr -d "\\t"', 'CapBnd:0000000000000000'],
    ['cat; echo end', 'end'],
  ])('%s prints %s', async ([text, output]) => {
    expect(await runCommand(text)).toEqual({ output });
  });

  test.for<[string, string]>([
    ['exit 3', 'ended with status 3'],
    ['kill -9 $$', 'ended by SIGKILL'],
    ['no-such-program', 'ended with status 127'],
    ['true', 'printed nothing'],
    ['echo a; echo b', 'printed more than a line'],
    ['printf "a\\033b"', 'printed control characters'],
    ['printf "\\377"', 'printed control characters'],
    ['yes | head -c 5000', 'printed more than 4096 letters'],
    ['yes', 'printed more than 4096 letters'],
    ['echo \0', 'holds a NUL'],
  ])('%j is of no use: %s', async ([text, problem]) => {
    expect(await runCommand(text)).toEqual({ problem });
  });

  test('cannot read what only root may', async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
    const secret = join(directory.path, 'secret');
    await writeFile(secret, 'secret', { mode: 0o600 });
    expect(await runCommand(`cat ${secret}`)).toEqual({ problem: 'ended with status 1' });
  });

  test('that does not end is ended, with all that it started', async () => {
    const limit = 300;
    const result = await runCommand('sleep 987654 & echo out; sleep 987653', { limit });
    expect(result).toEqual({ problem: 'did not end in 0.3 s' });
    await expect.poll(() => running('sleep\x00987654')).toEqual([]);
  });

  test('that leaves something running ends it', async () => {
    const result = await runCommand('sleep 876543 >/dev/null & echo done');
    expect(result).toEqual({ output: 'done' });
    await expect.poll(() => running('sleep\x00876543')).toEqual([]);
  });
});

/** The processes whose command line begins so. */
async function running(begin: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const lines = await Promise.all(processes.map(commandLine));
  return lines.filter((line) => line.startsWith(begin));
}

async function commandLine(pid: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}

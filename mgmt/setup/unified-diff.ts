import { execFile } from 'node:child_process';
import { StateliteError } from '../../agent/errors.ts';

/** 64 MB: a hosts file of ten thousand nodes has one. */
const longest = 1 << 26;

/**
 * What is to change in a file, as diff -u; empty if nothing is. `before` is undefined if there is
 * no file. ERR_STATELITE_SETUP if diff(1) is not there.
 */
export async function unifiedDiff(
  path: string,
  before: string | undefined,
  after: string,
): Promise<string> {
  if (before === after) return '';
  if (before === undefined) return added(path, after);
  const argv = ['--unified', '--label', path, '--label', `${path} (new)`, path, '-'];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile('diff', argv, { maxBuffer: longest }, (error, stdout) => {
    // 1 is "they differ"; an error of the program itself is 2.
    if (error === null || error.code === 1) resolve(stdout);
    else reject(diffFailed(path, error));
  });
  child.stdin?.on('error', () => {}); // it ended before it read all: its exit says why
  child.stdin?.end(after);
  return promise;
}

function diffFailed(path: string, cause: Error): StateliteError {
  return new StateliteError('ERR_STATELITE_SETUP', `cannot compare ${path} with what is new`, {
    hint: 'apt-get install diffutils',
    cause,
  });
}

function added(path: string, text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const head = `--- /dev/null\n+++ ${path}\n@@ -0,0 +1,${lines.length} @@\n`;
  return head + lines.map((line) => `+${line}\n`).join('');
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';

/**
 * Runs `test/helpers/<script>` in a mount namespace of its own: whatever it mounts vanishes with it.
 * It gets `input` as JSON on stdin and answers in JSON on stdout; both ends agree on the types.
 */
export async function inNamespace<Output>(script: string, input: unknown): Promise<Output> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile(
    'unshare',
    ['-m', '--propagation', 'private', process.execPath, join(import.meta.dirname, script)],
    { maxBuffer: 64 * 1024 * 1024 },
    (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${script} failed: ${stderr}`, { cause: error }));
    },
  );
  child.stdin?.end(JSON.stringify(input));
  return JSON.parse(await promise);
}

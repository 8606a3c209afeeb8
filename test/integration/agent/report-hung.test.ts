import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { StateliteError } from '../../../agent/errors.ts';
import { trackPhases } from '../../../agent/machine/progress.ts';
import { managementNode, readTrust } from '../../../agent/machine/query.ts';
import { parseCmdline } from '../../../agent/protocol/cmdline.ts';
import { reportError } from '../../../agent/report.ts';
import { certificatePaths, ensureCertificates } from '../../../mgmt/setup/certificates.ts';
import { recordingLogger } from '../../helpers/recording-logger.ts';
import { tempRoot } from '../../helpers/tree.ts';

/** More than libuv has, each as in a mount whose server is gone. */
const threads = 8;

test('a failure is told to the management node while every thread hangs', async () => {
  await using root = await tempRoot();
  await ensureCertificates(root.path, ['127.0.0.1'], new Date());
  await using server = createServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const { log, lines } = recordingLogger();
  const journal = { log, keepIn: () => {}, leaveFile: () => {}, release: () => {} };
  const cmdline = parseCmdline(`NFSROOT=mn:/i XCAT=127.0.0.1:${port} NODE=n1`);
  const machine = { release: '6.1', programs: { run: neverRun, started: [] }, cmdline, journal };
  const phases = trackPhases(log);
  await phases.run('network', async () => {});
  const hung = hang(root.path);
  try {
    await delay(50);
    const error = new StateliteError('ERR_STATELITE_DEADLINE', 'late');
    const connect = async () =>
      managementNode(cmdline.xcat, readTrust(cmdline, certificatePaths(root.path).ca));
    await reportError(error, machine, phases, connect, []);
  } finally {
    await release(root.path, hung);
  }
  // The server was reached: it is its answer that is missing.
  expect(lines.join('\n')).toMatch(/the failure was not reported: (?!it took)/u);
});

function neverRun(): never {
  throw new Error('no program is run');
}

function hang(directory: string): Promise<FileHandle>[] {
  return Array.from({ length: threads }, (_, index) => {
    const path = join(directory, `fifo${index}`);
    execFileSync('mkfifo', [path]);
    return open(path, 'r');
  });
}

async function release(directory: string, hung: readonly Promise<FileHandle>[]): Promise<void> {
  const writers = hung.map((_, index) =>
    openSync(join(directory, `fifo${index}`), constants.O_RDWR | constants.O_NONBLOCK),
  );
  for (const handle of await Promise.all(hung)) await handle.close();
  for (const writer of writers) closeSync(writer);
}

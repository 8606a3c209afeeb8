import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Mgmt from '../../mgmt/main.ts';

/** What administrators and their scripts run most. */
const commands = [
  'nodeadd n[1-9] groups=compute,all nodetype.provmethod=img noderes.xcatmaster=10.0.0.1',
  'chtab image=ALL,file=/etc/motd litefile.options=tmpfs',
  'chtab priority=1 litetree.directory=10.0.0.1:/trees/$node',
  'mkdef -t osimage img provmethod=statelite osvers=debian12 osarch=x86_64 profile=compute',
  'nodels',
  'nodels compute nodetype.provmethod',
  'lsdef n1',
  'lsdef -t osimage img',
  'tabdump litefile',
  'litefile n1',
  'lslite n1',
];

/** Runs them on a database of their own. */
export async function rehearseMgmt(program: object): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the bundle of that module
  const { main } = program as typeof Mgmt;
  const directory = await mkdtemp(join(tmpdir(), 'statelite-rehearsal-'));
  try {
    const env = { STATELITE_ETC: directory, STATELITE_STATE: directory };
    const io = {
      env,
      cwd: directory,
      names: ['statelite'],
      directory,
      out: () => {},
      err: () => {},
      stdin: async () => '',
      stderr: 'plain',
    } as const;
    for (const line of commands) {
      const code = await main(line.split(' '), io);
      if (code !== 0) throw new Error(`${line}: ${code}`);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

import { join } from 'node:path';
import { createLogger } from '../../agent/log.ts';
import type { Context } from '../../mgmt/cli/context.ts';
import { createProgress } from '../../mgmt/cli/progress.ts';
import type { Store } from '../../mgmt/db/store.ts';

/** A verb's context whose every path is below `directory`. */
export function contextIn(
  directory: string,
  store: Store,
  print: (line: string) => void,
  write: (record: string) => void,
): Context {
  return {
    settings: {
      etc: join(directory, 'etc'),
      state: join(directory, 'state'),
      database: join(directory, 'state/statelite.db'),
      installdir: join(directory, 'install'),
      tftpdir: join(directory, 'tftpboot'),
      agent: join(directory, 'statelite-agent'),
    },
    store: () => store,
    print,
    log: createLogger('statelited', write),
    err: write,
    progress: createProgress(() => {}, undefined).progress,
    cwd: directory,
    stdin: async () => '',
  };
}

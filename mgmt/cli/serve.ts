import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { formatStatusTime } from '../../agent/protocol/status.ts';
import { remembered } from '../commands/remembered.ts';
import { runCommand } from '../commands/run-command.ts';
import { type Credentials, type Daemon, startDaemon } from '../daemon/daemon.ts';
import type { DaemonDeps } from '../daemon/deps.ts';
import { fewAtOnce } from '../daemon/few-at-once.ts';
import { storeReport } from '../daemon/reports.ts';
import { cachedByVersion, createViews } from '../daemon/view.ts';
import { readCluster } from '../db/read-cluster.ts';
import { tables } from '../db/tables.ts';
import { certificatePaths } from '../setup/certificates.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';

/** Commands of `#CMD=...#` that run at the same time, whoever asks. */
const maxCommands = 16;

export const serve = (context: Context) =>
  command({
    command: 'serve',
    describe: 'Answer booting nodes: TLS, node status, HTTP; until SIGTERM or SIGINT',
    options: (yargs) =>
      yargs
        .option('listen', { type: 'string', describe: 'Address to listen on; default every one' })
        .option('port', { type: 'number', describe: 'TLS port; default site.xcatdport, 3001' })
        .option('status-port', {
          type: 'number',
          describe: 'Node status port; default site.xcatiport, 3002',
        })
        .option('http-port', {
          type: 'number',
          describe: 'HTTP port of boot files; default site.httpport, 80',
        }),
    run: async (args) => {
      const { site } = await readCluster(context.store(), context.settings);
      const daemon = await startDaemon(daemonDeps(context), {
        host: args.listen,
        ports: {
          tls: args.port ?? site.port('xcatdport'),
          status: args.statusPort ?? site.port('xcatiport'),
          http: args.httpPort ?? site.port('httpport'),
        },
        credentials: () => readCredentials(context.settings.etc),
        tftpdir: site.tftpdir,
      });
      // Before "ready": who has read it may send a signal.
      const stopped = untilStopped(daemon, context);
      for (const { what, port } of daemon.listening) {
        context.print(`${what}: ${args.listen ?? '*'} port ${port}`);
      }
      context.print('ready');
      await stopped;
    },
  });

function daemonDeps({ store, settings, log }: Context): DaemonDeps {
  const createView = createViews(log, remembered(fewAtOnce(runCommand, maxCommands)));
  const view = cachedByVersion(
    () => store().dataVersion(),
    async () => createView(await readCluster(store(), settings)),
  );
  return {
    view,
    recordStatus: (node, status) =>
      store().upsert(tables.nodelist, { node, status, statustime: formatStatusTime(new Date()) }),
    recordReport: (node, report) =>
      storeReport(join(settings.state, 'reports'), node, report, new Date()),
    source: hostname().split('.', 1).join(),
    log,
  };
}

async function readCredentials(etc: string): Promise<Credentials> {
  const { cert, key } = certificatePaths(etc);
  try {
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw cause;
    throw new StateliteError('ERR_STATELITE_CONFIG', `there is no server certificate in ${etc}`, {
      cause,
      hint: 'statelite setup makes it: statelite setup --network 10.77.0.0/24 --server 10.77.0.1',
    });
  }
}

/** SIGHUP reads the certificates again; a second SIGTERM or SIGINT does not wait for answers. */
async function untilStopped(daemon: Daemon, { log }: Context): Promise<void> {
  const reload = () => {
    daemon.reload().then(
      () => log.info('certificates read again'),
      (error: unknown) => log.error(`the old certificates stay: ${String(error)}`),
    );
  };
  process.on('SIGHUP', reload);
  try {
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    log.info('stopping');
    await daemon.close();
  } finally {
    process.off('SIGHUP', reload);
  }
}

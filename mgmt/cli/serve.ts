import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { explainError, hasCode, StateliteError } from '../../agent/errors.ts';
import { formatStatusTime } from '../../agent/protocol/status.ts';
import type { Logger } from '../../agent/log.ts';
import { plain } from '../core/plain.ts';
import { remembered } from '../commands/remembered.ts';
import { runCommand } from '../commands/run-command.ts';
import { type Credentials, startDaemon } from '../daemon/daemon.ts';
import type { DaemonDeps } from '../daemon/deps.ts';
import { createJsonLog } from '../daemon/daemon-log.ts';
import { type MetricsFrom, parseMetricsFrom } from '../daemon/metrics-from.ts';
import { lastKnown } from '../daemon/last-known.ts';
import { createMetrics } from '../daemon/metrics.ts';
import { writeReportsLater } from '../daemon/report-writes.ts';
import { removeAbandoned, storeReport } from '../daemon/reports.ts';
import { oncePerTurn } from '../daemon/once-per-turn.ts';
import { reportReader } from '../reports/read.ts';
import { type FollowedTables, followTables } from '../daemon/follow-tables.ts';
import { keepHeapSmall } from '../daemon/small-heap.ts';
import { createViews } from '../daemon/view.ts';
import { withAppStatus } from '../core/stock-app-status.ts';
import { loginName } from '../db/login-name.ts';
import { readCluster } from '../db/read-cluster.ts';
import { openStore } from '../db/store.ts';
import { tables } from '../db/tables.ts';
import { fewAtOnce } from '../few-at-once.ts';
import { certificatePaths } from '../setup/certificates.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { lastingStore } from './lasting-store.ts';
import { serveUntilStopped } from './serve-until.ts';
import { createPerform } from './serve-commands.ts';

/** Commands of `#CMD=...#` that run at the same time, whoever asks. */
const maxCommands = 16;
/** Verbs that run for clients at the same time: each has the database opened. */
const maxVerbs = 8;

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
        })
        .option('log-format', {
          choices: ['text', 'json'] as const,
          default: 'text' as const,
          describe: 'Log lines for people, or one JSON object a line',
        })
        .check((args) => {
          const names = ['port', 'status-port', 'http-port'] as const;
          const bad = names.find((name) => !isPort(args[name]));
          if (bad !== undefined) throw new Error(`--${bad} takes a port, from 0 to 65535`);
          return true;
        }),
    run: async (args) => {
      keepHeapSmall();
      const { site } = await readCluster(context.store(), context.settings, []);
      const isJson = args.logFormat === 'json';
      const log = isJson ? createJsonLog(context.err) : context.log;
      const say = isJson ? log.info : context.print;
      const reports = join(context.settings.state, 'reports');
      await removeAbandoned(reports, new Date());
      const { database } = context.settings;
      await using lasting = lastingStore(database, () =>
        openStore(database, { who: loginName(), command: 'serve' }),
      );
      const deps = daemonDeps({ ...context, store: lasting.store, log }, reports);
      const daemon = await startDaemon(deps, {
        host: args.listen,
        ports: {
          tls: args.port ?? site.port('xcatdport'),
          status: args.statusPort ?? site.port('xcatiport'),
          http: args.httpPort ?? site.port('httpport'),
        },
        credentials: () => readCredentials(context.settings.etc),
        tftpdir: site.tftpdir,
        installdir: site.installdir,
        state: context.settings.state,
        metricsFrom: metricsFrom(site.get('metricsfrom'), log),
      });
      await serveUntilStopped({
        daemon,
        check: deps.view,
        serviceManager: context.serviceManager,
        log,
        ready() {
          for (const { what, port } of daemon.listening) {
            say(`${what}: ${args.listen ?? '*'} port ${port}`);
          }
          say('ready');
        },
      });
      await deps.idle();
    },
  });

/** 0 is one that is free. */
function isPort(port: number | undefined): boolean {
  return port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535);
}

function daemonDeps(
  { store, settings, log }: Context,
  reports: string,
): DaemonDeps & FollowedTables {
  const createView = createViews(log, remembered(fewAtOnce(runCommand, maxCommands)));
  const metrics = createMetrics();
  const followed = followTables(store, settings, metrics, createView);
  const written = writeReportsLater(
    (node, report, time) => storeReport(reports, node, report, time),
    (node, error) => log.error(`${node}: its report is lost: ${explainError(error).join('; ')}`),
  );
  return {
    ...followed,
    async idle() {
      await Promise.all([followed.idle(), written.idle()]);
    },
    view: oncePerTurn(lastKnown(followed.view, { log })),
    readTables: followed.view,
    recordReport: written.record,
    reports: reportReader(reports),
    recordAppStatus: (node, report) =>
      store().note(async (rows) => {
        const [row] = await rows.select(tables.nodelist, { node });
        if (row === undefined) return; // it was removed meanwhile
        const appstatus = withAppStatus(row.appstatus, report);
        const appstatustime = formatStatusTime(new Date());
        await rows.upsert(tables.nodelist, { node, appstatus, appstatustime });
      }),
    perform: fewAtOnce(createPerform({ settings, log, store }), maxVerbs),
    source: hostname().split('.', 1).join(),
    log,
    metrics,
  };
}

/** A word that cannot be understood must not keep nodes from booting. */
function metricsFrom(value: string | undefined, { warn }: Pick<Logger, 'warn'>): MetricsFrom {
  const from = parseMetricsFrom(value);
  for (const word of from.unknown) {
    warn(`site.metricsfrom: ${plain(word)} is neither an address nor a network`);
  }
  return from;
}

async function readCredentials(etc: string): Promise<Credentials> {
  const { ca, cert, key } = certificatePaths(etc);
  try {
    return { ca: await text(ca), cert: await text(cert), key: await text(key) };
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw cause;
    throw new StateliteError('ERR_STATELITE_CONFIG', `there is no server certificate in ${etc}`, {
      cause,
      hint: 'statelite setup makes it: statelite setup --network 10.77.0.0/24 --server 10.77.0.1',
    });
  }
}

function text(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

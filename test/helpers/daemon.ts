import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger, type Logger } from '../../agent/log.ts';
import type { BootAnswer } from '../../agent/protocol/answer.ts';
import type { BootReport } from '../../agent/protocol/report.ts';
import type { Credentials, Daemon, DaemonOptions } from '../../mgmt/daemon/daemon.ts';
import { startDaemon } from '../../mgmt/daemon/daemon.ts';
import type { DaemonDeps, View } from '../../mgmt/daemon/deps.ts';
import { createMetrics } from '../../mgmt/daemon/metrics.ts';
import { reportReader } from '../../mgmt/reports/read.ts';
import { certificatePaths } from '../../mgmt/setup/certificates.ts';

export const bootAnswer: BootAnswer = {
  node: 'n1',
  image: 'compute',
  litefile: [{ file: '/etc/motd', options: 'tmpfs', specificity: 'ALL' }],
  litetree: [],
  permission: '755',
};

/** 127.0.0.1 is n1; everybody else, 127.0.0.2 for one, is a stranger. */
export const view: View = {
  identify: (address) => (address.endsWith('127.0.0.1') ? 'n1' : undefined),
  decide: ({ node, name }, { command }) => ({
    allowed:
      name !== undefined ||
      (node !== undefined && ['litefile', 'litetree', 'getpostscript'].includes(command)),
    trusted: false,
    row: '1',
  }),
  answerFor: async () => bootAnswer,
  statemntFor: async () => ({ location: 'mn:/state', mntopts: '' }),
  nodesIn: (noderange) => noderange.split(','),
  partition: () => undefined,
  mypostscript: (node) => [`NODE='${node}'`, 'export NODE'],
  nodes: () => [
    { node: 'n1', status: 'booted', statustime: '11-22-2026 01:02:03' },
    { node: 'n2' },
  ],
  stockLines: async (node, list) =>
    list === 'litefile' ? [`${node}: tmpfs         /etc/motd`] : [`${node}: srv:/a&b :soft`],
};

/** A daemon on free ports of every address, with what it logged and recorded. */
export interface TestDaemon extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly ports: { readonly tls: number; readonly status: number; readonly http: number };
  readonly log: string[];
  readonly statuses: string[];
  readonly reports: { node: string; report: BootReport }[];
}

/** `etc` holds certificates; `deps` and `options` replace what the test is about. */
export async function startTestDaemon(
  etc: string,
  deps: Partial<DaemonDeps> = {},
  options: Partial<DaemonOptions> = {},
): Promise<TestDaemon> {
  const log: string[] = [];
  const statuses: string[] = [];
  const reports: { node: string; report: BootReport }[] = [];
  const logger: Logger = createLogger('test', (record) => void log.push(record.trimEnd()));
  const daemon = await startDaemon(
    {
      view: async () => view,
      readTables: deps.view ?? (async () => view),
      recordStatus: async (node, status) => void statuses.push(`${node} ${status}`),
      recordAppStatus: async (node, report) => void statuses.push(`${node} ${report}`),
      perform: async () => undefined,
      recordReport: async (node, report) => void reports.push({ node, report }),
      reports: reportReader(join(etc, 'reports')),
      source: 'mn',
      log: logger,
      metrics: createMetrics(),
      ...deps,
    },
    {
      host: '127.0.0.1',
      ports: { tls: 0, status: 0, http: 0 },
      credentials: () => readCredentials(etc),
      tftpdir: etc,
      installdir: join(etc, 'install'),
      state: join(etc, 'state'),
      ...options,
    },
  );
  const [tls = 0, status = 0, http = 0] = daemon.listening.map(({ port }) => port);
  return {
    daemon,
    ports: { tls, status, http },
    log,
    statuses,
    reports,
    [Symbol.asyncDispose]: () => daemon.close(),
  };
}

export async function readCredentials(etc: string): Promise<Credentials> {
  const { ca, cert, key } = certificatePaths(etc);
  const [caText, certText, keyText] = await Promise.all(
    [ca, cert, key].map((path) => readFile(path, 'utf8')),
  );
  return { ca: caText ?? '', cert: certText ?? '', key: keyText ?? '' };
}

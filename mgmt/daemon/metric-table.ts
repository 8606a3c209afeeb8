type Kind = 'counter' | 'gauge' | 'histogram';

interface Metric {
  readonly kind: Kind;
  readonly help: string;
  /** The names of its labels, in the order they are written. */
  readonly labels: readonly string[];
}

/** Every metric of the daemon. `protocol` is `api`, `stock`, `status` or `http`. */
export const metricTable = {
  statelite_requests_total: {
    kind: 'counter',
    help: 'Requests answered or refused. result: a status code of HTTP, else ok, denied or failed',
    labels: ['protocol', 'route', 'result'],
  },
  statelite_request_seconds: {
    kind: 'histogram',
    help: 'Time from a request to its answer',
    labels: ['protocol', 'route'],
  },
  statelite_unknown_peers_total: {
    kind: 'counter',
    help: 'Requests from addresses that no node has',
    labels: ['protocol'],
  },
  statelite_denied_requests_total: {
    kind: 'counter',
    help: 'Requests that the policy table does not allow',
    labels: ['protocol', 'command'],
  },
  statelite_boots_total: {
    kind: 'counter',
    help: 'Boot reports received. outcome: ok, degraded or error',
    labels: ['outcome'],
  },
  statelite_nodes: {
    kind: 'gauge',
    help: 'Nodes by nodelist.status; none for a node that has none',
    labels: ['status'],
  },
  statelite_connections: {
    kind: 'gauge',
    help: 'Open connections of all listeners',
    labels: [],
  },
  statelite_connections_total: {
    kind: 'counter',
    help: 'Connections accepted. listener: tls, status or http',
    labels: ['listener'],
  },
  statelite_connections_refused_total: {
    kind: 'counter',
    help: 'Connections closed at once. reason: peer (it has too many), total, idle or draining',
    labels: ['reason'],
  },
  statelite_tls_errors_total: {
    kind: 'counter',
    help: 'TLS handshakes that failed',
    labels: [],
  },
  statelite_tls_sessions_total: {
    kind: 'counter',
    help: 'TLS handshakes that succeeded. resumed: yes or no',
    labels: ['resumed'],
  },
  statelite_handshakes_waiting: {
    kind: 'gauge',
    help: 'Connections that wait for others to end before their TLS handshake begins',
    labels: [],
  },
  statelite_requests_waiting: {
    kind: 'gauge',
    help: 'Requests of the JSON API that wait for their turn',
    labels: [],
  },
  statelite_requests_shed_total: {
    kind: 'counter',
    help: 'Requests of the JSON API that were told to come back later',
    labels: [],
  },
  statelite_snapshot_age_seconds: {
    kind: 'gauge',
    help: 'Time since the tables in memory were last known to be those of the database',
    labels: [],
  },
  statelite_snapshot_rebuilds_total: {
    kind: 'counter',
    help: 'How often the tables were read again. result: ok or failed',
    labels: ['result'],
  },
  statelite_snapshot_rebuild_seconds: {
    kind: 'histogram',
    help: 'Time to read the tables again',
    labels: [],
  },
  statelite_status_writes_total: {
    kind: 'counter',
    help: 'Node statuses written to the database. result: ok or failed',
    labels: ['result'],
  },
  statelite_certificate_expiry_seconds: {
    kind: 'gauge',
    help: 'Time until the certificate of the server expires',
    labels: [],
  },
  process_start_time_seconds: {
    kind: 'gauge',
    help: 'When the daemon started, in seconds since 1970',
    labels: [],
  },
  process_cpu_seconds_total: {
    kind: 'counter',
    help: 'CPU time of the daemon, user and system',
    labels: [],
  },
  process_resident_memory_bytes: {
    kind: 'gauge',
    help: 'Memory of the daemon that is in RAM',
    labels: [],
  },
  process_heap_bytes: {
    kind: 'gauge',
    help: 'Heap of the daemon that is in use',
    labels: [],
  },
  process_open_fds: {
    kind: 'gauge',
    help: 'Open file descriptors of the daemon',
    labels: [],
  },
} as const satisfies Record<string, Metric>;

type Named<K extends Kind> = {
  [N in keyof typeof metricTable]: (typeof metricTable)[N]['kind'] extends K ? N : never;
}[keyof typeof metricTable];

export type MetricName = keyof typeof metricTable;
export type CounterName = Named<'counter'>;
export type GaugeName = Named<'gauge'>;
export type HistogramName = Named<'histogram'>;

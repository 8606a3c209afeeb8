import type { BootAnswer } from '../../agent/protocol/answer.ts';
import type { BootReport } from '../../agent/protocol/report.ts';
import type { StockList } from '../../agent/protocol/stock-xml.ts';
import type { Statemnt } from '../core/answer-for.ts';
import type { Partition } from '../core/stock-partition.ts';
import type { ReportReader } from '../reports/read.ts';
import type { DaemonLog } from './daemon-log.ts';
import type { Metrics } from './metrics.ts';
import type { Peer } from './peer.ts';
import type { Decision, PolicyRequest } from './policy.ts';
import type { RenderLines, SharedReply } from './shared-replies.ts';

/** What the tables say at one moment. */
export interface View {
  /** The node that has this source address, undefined for a stranger. */
  readonly identify: (address: string) => string | undefined;
  /** By the policy rows; nodes are expanded already. */
  readonly decide: (peer: Peer, request: PolicyRequest) => Decision;
  /** Both reject with StateliteError if the tables have no usable answer. */
  readonly answerFor: (node: string) => Promise<BootAnswer>;
  /** Rejects as they do; undefined for a node that has none. */
  readonly statemntFor: (node: string) => Promise<Statemnt | undefined>;
  readonly stockLines: (node: string, list: StockList) => Promise<readonly string[]>;
  /**
   * What `render` makes of the lines of `litefile`, which for most nodes it has made before. A view
   * may be without: `stockLines` has the same lines.
   */
  readonly litefileReply?: (node: string, render: RenderLines) => SharedReply;
  /** Throws like `expandNoderange`; names no file of this machine. */
  readonly nodesIn: (noderange: string) => readonly string[];
  /** Throws like `partitionOf`. */
  readonly partition: (node: string) => Partition | undefined;
  /** Throws like `mypostscriptOf`. */
  readonly mypostscript: (node: string) => readonly string[];
  /** Every node, as nodelist has it. */
  readonly nodes: () => readonly NodeStatus[];
}

/** A node without a status has neither. */
export interface NodeStatus {
  readonly node: string;
  readonly status?: string;
  readonly statustime?: string;
}

/** What a verb did for a client. */
export interface Performed {
  readonly out: readonly string[];
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
  /** As the exit status of the command would be. */
  readonly code: number;
}

/** What the daemon is made of; it knows neither database nor directories of its own. */
export interface DaemonDeps {
  readonly view: () => Promise<View>;
  /** Rejects while the tables cannot be read, also if `view` still has them in memory. */
  readonly readTables: () => Promise<unknown>;
  readonly recordStatus: (node: string, status: string) => Promise<void>;
  /** `application=status` as the node reports it. */
  readonly recordAppStatus: (node: string, report: string) => Promise<void>;
  /** Resolves when the report is taken; it may be written later. */
  readonly recordReport: (node: string, report: BootReport) => Promise<void>;
  readonly reports: ReportReader;
  /**
   * Runs one of our verbs for somebody whom the policy allows it, with this standard input.
   * Undefined for a verb that is not run from afar.
   */
  readonly perform: (
    words: readonly string[],
    peer: Peer,
    stdin: string,
  ) => Promise<Performed | undefined>;
  /** The short host name that stock replies carry as xcatdsource. */
  readonly source: string;
  readonly log: DaemonLog;
  /** Where everybody counts. */
  readonly metrics: Metrics;
}

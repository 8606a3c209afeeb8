import type { BootAnswer } from '../../agent/protocol/answer.ts';
import type { BootReport } from '../../agent/protocol/report.ts';
import type { StockList } from '../../agent/protocol/stock-xml.ts';
import type { Logger } from '../../agent/log.ts';

/** What the tables say at one moment. */
export interface View {
  /** The node that has this source address, undefined for a stranger. */
  readonly identify: (address: string) => string | undefined;
  readonly isAllowed: (node: string, command: string) => boolean;
  /** Both reject with StateliteError if the tables have no usable answer. */
  readonly answerFor: (node: string) => Promise<BootAnswer>;
  readonly stockLines: (node: string, list: StockList) => Promise<readonly string[]>;
}

/** What the daemon is made of; it knows neither database nor directories of its own. */
export interface DaemonDeps {
  readonly view: () => Promise<View>;
  readonly recordStatus: (node: string, status: string) => Promise<void>;
  readonly recordReport: (node: string, report: BootReport) => Promise<void>;
  /** The short host name that stock replies carry as xcatdsource. */
  readonly source: string;
  readonly log: Logger;
}

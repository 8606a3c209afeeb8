import type { BootReport } from '../../agent/protocol/report.ts';

/** Writes the reports of nodes later: a booting machine room need not wait for the disk. */
export interface ReportWrites {
  /** Resolves when it is taken; that it could not be written is told to `failed` only. */
  readonly record: (node: string, report: BootReport) => Promise<void>;
  /** Resolves when nothing waits any more. */
  readonly idle: () => Promise<void>;
}

/** Reports that wait, in characters of JSON; who brings more waits until there is room. */
const room = 16 * 1024 * 1024;
/** More would keep the disk from what somebody waits for. */
const writers = 2;

interface Taken {
  readonly node: string;
  readonly report: BootReport;
  readonly time: Date;
  readonly size: number;
}

/** `write` is given the time at which the report came. */
export function writeReportsLater(
  write: (node: string, report: BootReport, time: Date) => Promise<void>,
  failed: (node: string, error: unknown) => void,
): ReportWrites {
  const taken: Taken[] = [];
  const atWork = new Set<Promise<void>>();
  let written = Promise.withResolvers<void>();
  let size = 0;

  /** One that is larger than all there is room for is taken alone. */
  const isFull = (more: number) => size > 0 && size + more > room;
  const work = async () => {
    for (let next = taken.shift(); next !== undefined; next = taken.shift()) {
      try {
        await write(next.node, next.report, next.time);
      } catch (error) {
        failed(next.node, error);
      }
      size -= next.size;
      written.resolve();
      written = Promise.withResolvers();
    }
  };
  return {
    async record(node, report) {
      const own = JSON.stringify(report).length;
      while (isFull(own)) await written.promise;
      size += own;
      taken.push({ node, report, time: new Date(), size: own });
      if (atWork.size >= writers) return;
      const writing = work().finally(() => atWork.delete(writing));
      atWork.add(writing);
    },
    async idle() {
      while (atWork.size > 0) await Promise.all(atWork);
    },
  };
}

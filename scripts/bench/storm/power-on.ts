import { setTimeout as delay } from 'node:timers/promises';
import { StateliteError } from '../../../agent/errors.ts';
import type { Logger } from '../../../agent/log.ts';
import { Deadline, retry } from '../../../agent/machine/deadline.ts';
import { isFinalAnswer, managementNode } from '../../../agent/machine/query.ts';
import { sendStatus } from '../../../agent/machine/status.ts';
import type { BootReport } from '../../../agent/protocol/report.ts';
import { nodeName } from '../tables/site.ts';
import type { Place, Powered, Seen } from './job.ts';
import { addressOf } from './site.ts';

/** As the agent has it unless the kernel command line says otherwise, in seconds. */
const deadlineSeconds = 180;
/** What a node does between its answer and its report, in milliseconds. */
const linking = 1000;

/**
 * Each node says that it boots, asks, links for a while, hands its report in and says that it has
 * booted, with the code and the patience of the agent. Times are from power-on to the answer.
 */
export async function powerOn({ nodes, within }: Powered, place: Place): Promise<Seen> {
  const times: number[] = [];
  const errors: Record<string, number> = {};
  const failed = (what: string) => void (errors[what] = (errors[what] ?? 0) + 1);
  let retries = 0;
  const boot = async (index: number) => {
    const localAddress = addressOf(index);
    await delay(Math.random() * within * 1000);
    const start = performance.now();
    const status = (word: string) =>
      sendStatus('127.0.0.1', place.ports.status, word, warning(failed), {
        localAddress,
      });
    const reporting = status('netbooting');
    const xcat = { host: '127.0.0.1', port: place.ports.tls };
    const management = managementNode(xcat, Buffer.from(place.ca), localAddress);
    try {
      const deadline = new Deadline(deadlineSeconds);
      const log = warning(() => (retries += 1));
      await retry({ deadline, log, what: 'query', isFinal: isFinalAnswer }, () =>
        management.ask('', Math.max(1000, Math.min(20_000, deadline.left - 500))),
      );
      times.push(performance.now() - start);
      await delay(linking);
      await management.report(reportOf(nodeName(index + 1)), 5000);
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      failed(error.message);
    } finally {
      management.close();
    }
    await reporting;
    await status('booted');
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: nodes }, (_, index) => boot(index)));
  const took = performance.now() - begun;
  const { user, system } = process.cpuUsage();
  return { took, times, errors, retries, cpu: (user + system) / 1000 };
}

/** Nodes warn of what they go on without; here each is counted. */
function warning(onWarning: (message: string) => void): Logger {
  return { error: onWarning, warn: onWarning, info: quiet, debug: quiet };
}

/** As a node with xCAT's sample table has it: a step for each row. */
function reportOf(node: string): BootReport {
  const steps = Array.from({ length: 44 }, (_, index) => ({
    step: `bind /.statelite/tmpfs/etc/file${index} on /etc/file${index}`,
    took: 0.5,
  }));
  return {
    version: 1,
    node,
    image: 'debian12-x86_64-statelite-compute',
    outcome: 'ok',
    bootId: '6b1b1d7e-0000-4000-8000-000000000000',
    kernel: '6.1.0-40-cloud-amd64',
    agent: '0.1.0',
    took: 900,
    uptime: 2.5,
    phases: [{ name: 'network', start: 100, took: 200 }],
    steps,
    entries: { tmpfs: 44 },
    warnings: [],
    spawned: [],
    memoryUsed: 100_000_000,
  };
}

function quiet(): void {}

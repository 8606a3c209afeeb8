import { tmpdir } from 'node:os';
import { loadNative } from '../../agent/native/load.ts';
import type { Logger } from '../../agent/log.ts';
import type { ServiceManager } from './service-manager.ts';

/** What a service tells of itself. */
export interface Notifier {
  /** Also ends `reloading`. `status` is for people: `systemctl status` shows it. */
  readonly ready: (status: string) => void;
  readonly reloading: () => void;
  readonly stopping: () => void;
  readonly status: (status: string) => void;
  readonly alive: () => void;
}

/** A message that cannot be sent is logged, once for each reason: serving goes on. */
export function createNotifier(manager: ServiceManager | undefined, log: Logger): Notifier {
  const failures = new Set<number>();
  const send = (...assignments: readonly string[]) => {
    if (manager === undefined) return;
    const message = Buffer.from(assignments.join('\n')).toString('latin1');
    const result = loadNative(tmpdir()).notify(manager.socket, message);
    if (result >= 0 || failures.has(result)) return;
    failures.add(result);
    log.warn(`systemd cannot be told at ${manager.socket}: errno ${-result}`);
  };
  return {
    ready: (status) => send('READY=1', `STATUS=${oneLine(status)}`),
    reloading: () => send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => send('STOPPING=1', 'STATUS=answers what was asked'),
    status: (status) => send(`STATUS=${oneLine(status)}`),
    alive: () => send('WATCHDOG=1'),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ');
}

import { once } from 'node:events';
import type { Logger } from '../../agent/log.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { createNotifier } from '../daemon/notify.ts';
import type { ServiceManager } from '../daemon/service-manager.ts';
import { startWatchdog } from '../daemon/watchdog.ts';

export interface Supervision {
  readonly daemon: Daemon;
  /** What every request begins with. */
  readonly check: () => Promise<unknown>;
  readonly serviceManager: ServiceManager | undefined;
  readonly log: Logger;
  /** Called once signals are heard. */
  readonly ready: () => void;
}

/**
 * Until SIGTERM or SIGINT; then answers are ended, at a second one cut. SIGHUP reads the
 * certificates again. The service manager is told all of it.
 */
export async function serveUntilStopped(supervision: Supervision): Promise<void> {
  const { daemon, check, serviceManager, log, ready } = supervision;
  const notifier = createNotifier(serviceManager, log);
  const ports = daemon.listening.map(({ port }) => port).join(', ');
  const serving = `answers on ports ${ports}`;
  const reload = async () => {
    notifier.reloading();
    try {
      await daemon.reload();
      log.info('certificates read again');
      notifier.ready(serving);
    } catch (error) {
      log.error(`the old certificates stay: ${String(error)}`);
      notifier.ready(`${serving}, with the old certificates: ${String(error)}`);
    }
  };
  const onHangup = () => void reload();
  const interval = serviceManager?.watchdog;
  const stopWatchdog = startWatchdog({ interval, check, notifier, log });
  process.on('SIGHUP', onHangup);
  try {
    const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    ready();
    notifier.ready(serving);
    await stopped;
    log.info('stopping');
    notifier.stopping();
    process.once('SIGTERM', daemon.cut).once('SIGINT', daemon.cut);
    await daemon.close();
  } finally {
    process.off('SIGHUP', onHangup).off('SIGTERM', daemon.cut).off('SIGINT', daemon.cut);
    stopWatchdog();
  }
}

/** What the service manager gave this process (sd_notify(3), sd_watchdog_enabled(3)). */
export interface ServiceManager {
  /** A path, or `@` and a name of the abstract namespace. */
  readonly socket: string;
  /** Milliseconds within which it must hear that all is well. */
  readonly watchdog: number | undefined;
}

/** Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; undefined if nobody wants to be told. */
export function serviceManagerOf(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): ServiceManager | undefined {
  const socket = env['NOTIFY_SOCKET'] ?? '';
  // systemd has vsock: addresses too, for virtual machines as a whole.
  if (!/^[/@]./.test(socket)) return undefined;
  const microseconds = Number(env['WATCHDOG_USEC'] ?? 0);
  const isOurs = [undefined, '', String(pid)].includes(env['WATCHDOG_PID']);
  const watchdog = isOurs && microseconds > 0 ? microseconds / 1000 : undefined;
  return { socket, watchdog };
}

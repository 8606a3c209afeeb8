import { X509Certificate } from 'node:crypto';
import type { Credentials } from '../postscripts/credentials.ts';
import type { ScriptFiles } from '../postscripts/script-files.ts';

/** What routes want to know of the daemon around them. */
export interface ServerState {
  /** PEM of the certificate that new connections get. */
  readonly certificate: () => string;
  /** Whether every port is open. */
  readonly listening: () => boolean;
  /** Whether an address may read the metrics without a certificate. */
  readonly isMonitor: (address: string) => boolean;
  /** What nodes may have of `<installdir>/postscripts`. */
  readonly scripts: ScriptFiles;
  readonly credentials: Credentials;
}

/** Seconds until a certificate ends, negative since it has; before it begins it is of no use either. */
export function secondsLeft(pem: string, now: Date): number {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  if (now < validFromDate) return -1;
  return Math.floor((validToDate.getTime() - now.getTime()) / 1000);
}

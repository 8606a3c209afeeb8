import { StateliteError } from '../../agent/errors.ts';

/** Refuses with ERR_STATELITE_FILE, before anything is written, who is not root. */
export function needsRoot(command: string, why: string): void {
  if (process.geteuid?.() === 0) return;
  throw new StateliteError('ERR_STATELITE_FILE', `${command} needs root: ${why}`, {
    hint: `become root, or have it run as root: sudo statelite ${command}`,
  });
}

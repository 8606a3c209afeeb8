import { StateliteError } from '../../agent/errors.ts';
import { machineArch } from '../agent-for.ts';

/** Throws ERR_STATELITE_USAGE on a machine that xCAT has no word for. */
export function archHere(): string {
  const name = machineArch();
  if (name !== undefined) return name;
  throw new StateliteError('ERR_STATELITE_USAGE', `no image can be built for ${process.arch}`, {
    hint: 'name another architecture with -a',
  });
}

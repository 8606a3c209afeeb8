import { StateliteError } from '../../agent/errors.ts';

/** A command that was run for the user ended with a status of its own, which is passed on. */
export class CommandEnded extends StateliteError {
  readonly status: number;

  /** `status` is not 0. */
  constructor(status: number, message: string, hint: string) {
    super('ERR_STATELITE_COMMAND', message, { hint });
    this.status = status;
  }
}

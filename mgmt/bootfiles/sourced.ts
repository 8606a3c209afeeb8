import { StateliteError } from '../../agent/errors.ts';

/** A value of the tables, and the row and column it comes from, for messages. Blank: not set. */
export interface Sourced {
  readonly text: string;
  readonly from: string;
}

/** The value as part of one word of the kernel command line; ERR_STATELITE_BOOTFILE if it cannot be. */
export function word(value: Sourced): string {
  if (hasControl(value.text)) refuseValue(value, 'holds a control character');
  if (/[\s"]/.test(value.text)) {
    refuseValue(value, `${JSON.stringify(value.text)} holds a blank or a quote`);
  }
  return value.text;
}

export function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** Throws ERR_STATELITE_BOOTFILE: row, column and reason. */
export function refuseValue(
  { from }: Sourced,
  reason: string,
  hint = 'the kernel command line cannot carry it',
): never {
  throw new StateliteError('ERR_STATELITE_BOOTFILE', `${from} ${reason}`, { hint });
}

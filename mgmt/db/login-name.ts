import { userInfo } from 'node:os';
import { hasCode } from '../../agent/errors.ts';

/** The account that runs the program: its name, or `uid 1234` if /etc/passwd does not have it. */
export function loginName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!hasCode(error, 'ERR_SYSTEM_ERROR')) throw error;
    return `uid ${process.getuid?.()}`;
  }
}

import { StateliteError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import type { Access } from './access.ts';

/** What a session with a controller is asked to be: an RMCP+ cipher suite and a privilege. */
export interface Session {
  readonly suite: 17 | 3;
  readonly privilege: 'ADMINISTRATOR' | 'OPERATOR';
}

/**
 * The best. ipmitool could ask what a controller has, but some do not answer that before somebody has
 * logged in, and each command would wait 10 s for them.
 */
export const bestSession: Session = { suite: 17, privilege: 'ADMINISTRATOR' };

/** In ipmitool's words. */
export function sessionWords({ suite, privilege }: Session): string[] {
  return ['-C', String(suite), '-L', privilege];
}

/** How a controller refuses a suite; an ipmitool that lacks one says it too. Also read by sh. */
export const suiteRefused =
  /in open session response message : (?:invalid|no match|illegal)|cipher suite/iu;

const privilegeRefused =
  /unauthorized role|privilege level to ADMINISTRATOR failed|insufficient privilege/iu;

/**
 * What to ask for instead, after ipmitool ended with these lines: a controller may lack SHA-256, and
 * an account may be an operator's, who can do all that is wanted here. Undefined: nothing.
 */
export function nextSession(session: Session, lines: readonly string[]): Session | undefined {
  const said = lines.join('\n');
  if (session.suite === 17 && suiteRefused.test(said)) return { ...session, suite: 3 };
  if (session.privilege === 'ADMINISTRATOR' && privilegeRefused.test(said)) {
    return { ...session, privilege: 'OPERATOR' };
  }
  return undefined;
}

/** What ipmitool -v says of each session, whatever becomes of it. */
const chatter =
  /^(?:Loading IANA|Running Get VSO|Invalid completion code received: I|Discovered IPMB|Get HPM)/u;

/** Lines of ipmitool -v that tell what happened. */
export function withoutChatter(lines: readonly string[]): string[] {
  return lines.filter((line) => !chatter.test(line));
}

/** An error of its own for what can be put right; undefined for the rest. */
export function explainIpmi(
  { bmc, username, password }: Extract<Access, { readonly kind: 'ipmi' }>,
  lines: readonly string[],
): StateliteError | undefined {
  const said = lines.join('\n');
  const account = username === undefined ? 'the account without a name' : plain(username);
  const accountHint = 'correct ipmi.username and ipmi.password, or the passwd row ipmi';
  const error = (problem: string, hint: string) =>
    new StateliteError('ERR_STATELITE_HARDWARE', `the controller ${bmc} ${problem}`, { hint });
  if (/RAKP 2 HMAC is invalid/u.test(said)) {
    return password === undefined
      ? error(`wants a password for ${account}, and the tables have none`, accountHint)
      : error(`does not take the password for ${account}`, accountHint);
  }
  if (/unauthorized name|username is too long/iu.test(said)) {
    return error(`does not know ${account}`, accountHint);
  }
  if (/password is longer than/u.test(said)) {
    return error('cannot be told the password: IPMI takes at most 20 bytes', accountHint);
  }
  if (/Address lookup for/u.test(said)) {
    return error(
      'has no address',
      'correct ipmi.bmc, or let its name be known: makehosts, makedns',
    );
  }
  if (/Get Auth Capabilities error/u.test(said)) {
    return error(
      'does not answer IPMI',
      'is ipmi.bmc right, is the controller reachable, and is IPMI over LAN enabled there?',
    );
  }
  return undefined;
}

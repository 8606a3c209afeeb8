import { describe, expect, test } from 'vitest';
import {
  bestSession,
  explainIpmi,
  nextSession,
  type Session,
  sessionWords,
  withoutChatter,
} from '../../../../mgmt/power/ipmi-session.ts';

const operator: Session = { suite: 3, privilege: 'OPERATOR' };

describe('a session', () => {
  test('is asked for with SHA-256 first, as an administrator', () => {
    expect(sessionWords(bestSession)).toEqual(['-C', '17', '-L', 'ADMINISTRATOR']);
  });

  test.for([
    'Error in open session response message : invalid authentication algorithm',
    'Error in open session response message : no matching cipher suite',
    'Unsupported cipher suite ID : 17',
  ])('is asked for with SHA-1 after "%s"', (line) => {
    expect(nextSession(bestSession, [line])).toEqual({ ...bestSession, suite: 3 });
    expect(nextSession({ ...bestSession, suite: 3 }, [line])).toBeUndefined();
  });

  test.for([
    'RAKP 2 message indicates an error : unauthorized role or privilege level requested',
    'Set Session Privilege Level to ADMINISTRATOR failed',
  ])('is asked for as an operator after "%s"', (line) => {
    expect(nextSession(bestSession, [line])).toEqual({ ...bestSession, privilege: 'OPERATOR' });
    expect(nextSession(operator, [line])).toBeUndefined();
  });

  test.for([
    '> RAKP 2 HMAC is invalid',
    'Get Auth Capabilities error',
    'Error in open session response message : insufficient resources for session',
    'Set Chassis Power Control to Up/On failed: Command not supported in present state',
  ])('is not asked for again after "%s": an account may be locked', (line) => {
    expect(nextSession(bestSession, [line])).toBeUndefined();
  });
});

test('what ipmitool -v says of every session is no reason', () => {
  const lines = [
    'Loading IANA PEN Registry...',
    'Discovered IPMB address 0x0',
    'Set Chassis failed',
  ];
  expect(withoutChatter(lines)).toEqual(['Set Chassis failed']);
});

test('an account without a name is called so, and an unknown trouble has no words', () => {
  const access = { kind: 'ipmi', bmc: 'b', port: undefined, tries: 3, wait: 2 } as const;
  const nobody = { ...access, username: undefined, password: undefined };
  expect(explainIpmi(nobody, ['RAKP 2 HMAC is invalid'])?.message).toBe(
    'the controller b wants a password for the account without a name, and the tables have none',
  );
  expect(explainIpmi(nobody, ['Set Chassis failed'])).toBeUndefined();
});

import type { Access } from './access.ts';
import type { Patience } from './control.ts';
import {
  bestSession,
  explainIpmi,
  nextSession,
  sessionWords,
  withoutChatter,
} from './ipmi-session.ts';
import { type Ended, lastWords, type Program, programFailure, tryProgram } from './run-program.ts';

type Ipmi = Extract<Access, { readonly kind: 'ipmi' }>;

/** Somebody who asks one controller, and keeps in mind which session it lets one have. */
export interface IpmiAsker {
  /** What ipmitool prints. Rejects with ERR_STATELITE_HARDWARE for whatever it refuses. */
  readonly ask: (...words: readonly string[]) => Promise<string>;
  /**
   * Gives ipmitool's words for a SOL session, and ends that of whoever has one if `takeOver`. Rejects
   * with ERR_STATELITE_HARDWARE if the controller does not let us in.
   */
  readonly solWords: (takeOver: boolean) => Promise<string[]>;
}

/** Each question is one run of ipmitool(1), or more to find out which session the controller takes. */
export function ipmiAsker(access: Ipmi, patience: Patience): IpmiAsker {
  let session = bestSession;
  const words = () => [...controllerWords(access), ...sessionWords(session)];
  const run = async (question: readonly string[]): Promise<{ ended: Ended; program: Program }> => {
    for (;;) {
      const program: Program = {
        name: 'ipmitool',
        from: 'ipmitool',
        // -v, for without it a wrong password and a controller that is dead are the same sentence.
        argv: ['-v', ...words(), ...question],
        environment: ipmiEnvironment(access),
        secret: access.password,
      };
      const ended = await tryProgram(program, patience);
      if (ended.ok) return { ended, program };
      const next = nextSession(session, ended.lines);
      if (next === undefined) {
        const lines = withoutChatter(ended.lines);
        const known = explainIpmi(access, lines);
        if (known !== undefined) throw known;
        return { ended: { ...ended, lines }, program };
      }
      session = next;
    }
  };
  return {
    async ask(...question) {
      const { ended, program } = await run(question);
      if (ended.ok) return ended.printed;
      throw programFailure(program, lastWords(ended));
    },
    async solWords(takeOver) {
      // Either may fail: there is nobody to be ended, or the controller tells nothing of its SOL.
      await run(['sol', takeOver ? 'deactivate' : 'info']);
      return [...words(), 'sol', 'activate'];
    },
  };
}

/**
 * The words that name the controller. -E takes the password from the environment, also an empty one:
 * without it ipmitool would ask for one.
 */
function controllerWords({ bmc, port, username, tries, wait }: Ipmi): string[] {
  return [
    ['-I', 'lanplus', '-H', bmc],
    port === undefined ? [] : ['-p', String(port)],
    ['-R', String(tries), '-N', String(wait)],
    username === undefined ? [] : ['-U', username],
    ['-E'],
  ].flat();
}

/** Where -E finds the password. The second name, which an operator may use himself, counts first. */
export function ipmiEnvironment({ password = '' }: Ipmi): Record<string, string> {
  return { IPMI_PASSWORD: password, IPMITOOL_PASSWORD: password };
}

import type { Verb } from '../../mgmt/cli/command.ts';
import type { Context } from '../../mgmt/cli/context.ts';
import { loadVerbs } from '../../mgmt/cli/verbs.ts';

/** Every verb as it is defined, in the order of --help. */
export const verbs: readonly Verb[] = (await loadVerbs()).map((define) => define(nowhere()));

/** A definition needs no context before its verb runs. */
function nowhere(): Context {
  return {
    get settings() {
      return none();
    },
    store: none,
    print: none,
    log: { error: none, warn: none, info: none, debug: none },
    err: none,
    progress: { step: none, update: none, done: none },
    cwd: '/',
    stdin: none,
  };
}

function none(): never {
  throw new Error('the documentation runs no verb');
}

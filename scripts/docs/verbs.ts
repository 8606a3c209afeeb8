import { chtab } from '../../mgmt/cli/chtab.ts';
import type { Verb } from '../../mgmt/cli/command.ts';
import type { Context } from '../../mgmt/cli/context.ts';
import { genimage } from '../../mgmt/cli/genimage.ts';
import { ilitefile } from '../../mgmt/cli/ilitefile.ts';
import { litefile } from '../../mgmt/cli/litefile.ts';
import { liteimg } from '../../mgmt/cli/liteimg.ts';
import { litetree } from '../../mgmt/cli/litetree.ts';
import { lslite } from '../../mgmt/cli/lslite.ts';
import { nodeadd } from '../../mgmt/cli/nodeadd.ts';
import { nodels } from '../../mgmt/cli/nodels.ts';
import { nodeset } from '../../mgmt/cli/nodeset.ts';
import { serve } from '../../mgmt/cli/serve.ts';
import { setup } from '../../mgmt/cli/setup.ts';
import { tabdump } from '../../mgmt/cli/tabdump.ts';
import { tabrestore } from '../../mgmt/cli/tabrestore.ts';

/** Every verb as it is defined, in the order of --help (test/unit/docs compares). */
export const verbs: readonly Verb[] = [
  setup,
  serve,
  genimage,
  liteimg,
  nodeset,
  lslite,
  litefile,
  ilitefile,
  litetree,
  nodels,
  nodeadd,
  tabdump,
  tabrestore,
  chtab,
].map((verb) => verb(nowhere()));

/** A definition needs no context before its verb runs. */
function nowhere(): Context {
  return {
    get settings() {
      return none();
    },
    store: none,
    print: none,
    log: { error: none, warn: none, info: none, debug: none },
    progress: { step: none, update: none, done: none },
    cwd: '/',
    stdin: none,
  };
}

function none(): never {
  throw new Error('the documentation runs no verb');
}

import { check } from './check.ts';
import { chtab } from './chtab.ts';
import { explain } from './explain.ts';
import { genimage } from './genimage.ts';
import { ilitefile } from './ilitefile.ts';
import { litefile } from './litefile.ts';
import { liteimg } from './liteimg.ts';
import { litetree } from './litetree.ts';
import { lslite } from './lslite.ts';
import { nodeadd } from './nodeadd.ts';
import { nodels } from './nodels.ts';
import { nodeset } from './nodeset.ts';
import { plan } from './plan.ts';
import { serve } from './serve.ts';
import { setup } from './setup.ts';
import { tabdump } from './tabdump.ts';
import { tabrestore } from './tabrestore.ts';
import type { Verb } from './command.ts';
import type { Context } from './context.ts';

/** Every verb, in the order of --help: the management node, images, what nodes get, nodes, tables. */
export const verbs: readonly ((context: Context) => Verb)[] = [
  setup,
  serve,
  genimage,
  liteimg,
  nodeset,
  plan,
  explain,
  check,
  lslite,
  litefile,
  ilitefile,
  litetree,
  nodels,
  nodeadd,
  tabdump,
  tabrestore,
  chtab,
];

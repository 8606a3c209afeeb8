import { chdef } from './chdef.ts';
import { check } from './check.ts';
import { chtab } from './chtab.ts';
import { completion } from './completion.ts';
import { explain } from './explain.ts';
import { exportXcat } from './export.ts';
import { genimage } from './genimage.ts';
import { gettab } from './gettab.ts';
import { ilitefile } from './ilitefile.ts';
import { litefile } from './litefile.ts';
import { importXcat } from './import.ts';
import { liteimg } from './liteimg.ts';
import { litetree } from './litetree.ts';
import { log } from './log.ts';
import { lsdef } from './lsdef.ts';
import { lslite } from './lslite.ts';
import { mkdef } from './mkdef.ts';
import { nodeadd } from './nodeadd.ts';
import { nodech } from './nodech.ts';
import { nodegrpch } from './nodegrpch.ts';
import { nodels } from './nodels.ts';
import { noderm } from './noderm.ts';
import { nodeset } from './nodeset.ts';
import { plan } from './plan.ts';
import { rmdef } from './rmdef.ts';
import { serve } from './serve.ts';
import { setup } from './setup.ts';
import { tabch } from './tabch.ts';
import { tabdump } from './tabdump.ts';
import { tabedit } from './tabedit.ts';
import { tabgrep } from './tabgrep.ts';
import { tabrestore } from './tabrestore.ts';
import { undo } from './undo.ts';
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
  nodech,
  nodegrpch,
  noderm,
  lsdef,
  mkdef,
  chdef,
  rmdef,
  tabdump,
  tabrestore,
  tabedit,
  chtab,
  tabch,
  gettab,
  tabgrep,
  log,
  undo,
  importXcat,
  exportXcat,
  (context) => completion(context, () => verbs),
];

import type { Verb } from './command.ts';
import type { Context } from './context.ts';

/** Defines a verb for the process around it. */
export type Define = (context: Context) => Verb;

/**
 * Every verb by its name, in the order of --help: the management node, images, what nodes get, nodes,
 * objects, tables. Each is loaded when it is named: reading all of them takes longer than most run.
 */
export const verbs: Readonly<Record<string, () => Promise<Define>>> = {
  setup: async () => (await import('./setup.ts')).setup,
  serve: async () => (await import('./serve.ts')).serve,
  report: async () => (await import('./report.ts')).report,
  copycds: async () => (await import('./copycds.ts')).copycds,
  genimage: async () => (await import('./genimage.ts')).genimage,
  add_passwd: async () => (await import('./add-passwd.ts')).addPasswd,
  add_ssh: async () => (await import('./add-ssh.ts')).addSsh,
  liteimg: async () => (await import('./liteimg.ts')).liteimg,
  image: async () => (await import('./image.ts')).image,
  packimage: async () => (await import('./packimage.ts')).packimage,
  rmimage: async () => (await import('./rmimage.ts')).rmimage,
  imgexport: async () => (await import('./imgexport.ts')).imgexport,
  imgimport: async () => (await import('./imgimport.ts')).imgimport,
  imgcapture: async () => (await import('./imgcapture.ts')).imgcapture,
  makedhcp: async () => (await import('./makedhcp.ts')).makedhcp,
  makehosts: async () => (await import('./makehosts.ts')).makehosts,
  makedns: async () => (await import('./makedns.ts')).makedns,
  nodeset: async () => (await import('./nodeset.ts')).nodeset,
  rinstall: async () => (await import('./rinstall.ts')).rinstall,
  rpower: async () => (await import('./rpower.ts')).rpower,
  rsetboot: async () => (await import('./rsetboot.ts')).rsetboot,
  rnetboot: async () => (await import('./rnetboot.ts')).rnetboot,
  rcons: async () => (await import('./rcons.ts')).rcons,
  wcons: async () => (await import('./wcons.ts')).wcons,
  watch: async () => (await import('./watch.ts')).watch,
  plan: async () => (await import('./plan.ts')).plan,
  explain: async () => (await import('./explain.ts')).explain,
  check: async () => (await import('./check.ts')).check,
  doctor: async () => (await import('./doctor.ts')).doctor,
  lslite: async () => (await import('./lslite.ts')).lslite,
  litefile: async () => (await import('./litefile.ts')).litefile,
  ilitefile: async () => (await import('./ilitefile.ts')).ilitefile,
  litetree: async () => (await import('./litetree.ts')).litetree,
  nodels: async () => (await import('./nodels.ts')).nodels,
  nodeadd: async () => (await import('./nodeadd.ts')).nodeadd,
  nodech: async () => (await import('./nodech.ts')).nodech,
  nodegrpch: async () => (await import('./nodegrpch.ts')).nodegrpch,
  noderm: async () => (await import('./noderm.ts')).noderm,
  lsdef: async () => (await import('./lsdef.ts')).lsdef,
  mkdef: async () => (await import('./mkdef.ts')).mkdef,
  chdef: async () => (await import('./chdef.ts')).chdef,
  rmdef: async () => (await import('./rmdef.ts')).rmdef,
  tabdump: async () => (await import('./tabdump.ts')).tabdump,
  tabrestore: async () => (await import('./tabrestore.ts')).tabrestore,
  tabedit: async () => (await import('./tabedit.ts')).tabedit,
  chtab: async () => (await import('./chtab.ts')).chtab,
  tabch: async () => (await import('./tabch.ts')).tabch,
  gettab: async () => (await import('./gettab.ts')).gettab,
  tabgrep: async () => (await import('./tabgrep.ts')).tabgrep,
  log: async () => (await import('./log.ts')).log,
  undo: async () => (await import('./undo.ts')).undo,
  import: async () => (await import('./import.ts')).importXcat,
  export: async () => (await import('./export.ts')).exportXcat,
  completion: async () => (await import('./completion.ts')).completion,
};

/** Whether there is a verb of this name. */
export function isVerb(name: string): boolean {
  return Object.hasOwn(verbs, name);
}

/** Those verbs that are named, or all of them. */
export async function loadVerbs(names: Iterable<string> = Object.keys(verbs)): Promise<Define[]> {
  return Promise.all([...names].flatMap((name) => verbs[name]?.() ?? []));
}

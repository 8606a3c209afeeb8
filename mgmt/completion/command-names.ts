/** Verbs that are no commands of their own: their names are too common, or another program's (procps' watch). */
const onlyVerbs: ReadonlySet<string> = new Set([
  'setup',
  'serve',
  'plan',
  'explain',
  'check',
  'log',
  'undo',
  'import',
  'export',
  'completion',
  'report',
  'doctor',
  'watch',
  'image',
]);

/** Whether a verb is also installed under its own name, as xCAT has it. */
export function isCommand(verb: string): boolean {
  return !onlyVerbs.has(verb);
}

import type { Argv } from 'yargs';
import { objectTypes } from '../core/objects/types.ts';

/** Which objects a verb is about: first word, `-t`, `-o`. */
export function withObjects<A>(yargs: Argv<A>) {
  return yargs
    .option('type', {
      alias: 't',
      type: 'string',
      requiresArg: true,
      describe: `Their type: ${Object.keys(objectTypes).join(', ')} [node]`,
    })
    .option('objects', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe:
        'Their names, separated by commas: of nodes a noderange, of litefile IMAGE:FILE, ' +
        'of litetree PRIORITY or PRIORITY:IMAGE',
    });
}

/** Says of `-u` in xCAT's words that it is not for this verb. */
export function withoutDerive<A>(yargs: Argv<A>, verb: string) {
  return yargs.option('u', { type: 'boolean', default: false, hidden: true }).check(({ u }) => {
    if (u) throw new Error(`Option '-u' can not work with '${verb}'.`);
    return true;
  });
}

/** What mkdef and chdef have in common. */
export function withChanges<A>(yargs: Argv<A>) {
  return withObjects(yargs)
    .option('stanza', {
      alias: 'z',
      type: 'boolean',
      default: false,
      describe: 'Read objects from stdin, as lsdef -z writes them',
    })
    .option('dynamic', {
      alias: 'd',
      type: 'boolean',
      default: false,
      describe: 'The group has the nodes that -w selects',
    })
    .option('where', {
      alias: 'w',
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'attr==value, also != =~ !~; repeatable, all must hold',
    })
    .option('derive', {
      alias: 'u',
      type: 'boolean',
      default: false,
      describe: 'Fill in attributes of an osimage from profile and provmethod [osvers, osarch]',
    })
    .option('template', { type: 'string', hidden: true })
    .check(({ template }) => {
      if (template === undefined) return true;
      throw new Error('there are no templates: give mkdef -z what lsdef -z wrote, changed');
    })
    .option('verbose', {
      alias: 'V',
      type: 'boolean',
      default: false,
      describe: 'Name the objects',
    });
}

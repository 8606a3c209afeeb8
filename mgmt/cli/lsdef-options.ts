import type { Argv } from 'yargs';
import { withObjects, withoutDerive } from './object-options.ts';

/** The options of lsdef, which are xCAT's and --sources. */
export function lsdefOptions<A>(yargs: Argv<A>) {
  return withoutDerive(withObjects(yargs), 'lsdef')
    .positional('words', {
      type: 'string',
      array: true,
      default: [],
      describe: 'Names; of nodes a noderange. Without any, all objects of the type are listed',
    })
    .option('all', { alias: 'a', ...flag('Objects of every type, or all of the type') })
    .option('long', { alias: 'l', ...flag('Show attributes') })
    .option('short', { alias: 's', ...flag('Show names only') })
    .option('attributes', {
      alias: 'i',
      type: 'string',
      describe: 'Show these attributes only, separated by commas',
    })
    .option('compact', { alias: 'c', ...flag('One line for each value: name: attr=value') })
    .option('stanza', { alias: 'z', ...flag('Write objects for mkdef -z and chdef -z') })
    .option('where', {
      alias: 'w',
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'Only objects for which attr==value holds; also != =~ !~; repeatable',
    })
    .option('hidden', { alias: 'S', ...flag('Hidden nodes too') })
    .option('osimage', flag('Show attributes of its osimage with those of a node'))
    .option('sources', flag('Say where each value comes from: node, group NAME, regex'))
    .option('verbose', { alias: 'V', ...flag('Say where each value is stored') })
    .option('describe', flag('Say what the attributes of the types are for'))
    .option('nocache', { ...flag('Nothing is cached'), hidden: true })
    .option('x', { ...flag('xCAT never wrote it'), hidden: true })
    .check(({ sources, verbose, x }) => {
      if (x) throw new Error('there is no -x: take --json');
      if (sources && verbose) throw new Error('--sources and -V exclude each other');
      return true;
    });
}

function flag(describe: string) {
  return { type: 'boolean', default: false, describe } as const;
}

import { StateliteError } from '../../agent/errors.ts';
import { checkAttributes, parseWords } from '../core/objects/assignments.ts';
import type { Wanted } from '../core/objects/changes.ts';
import type { Objects } from '../core/objects/definition.ts';
import { checkSelections, parseSelection, type Selection } from '../core/objects/selection.ts';
import { parseStanzas } from '../core/objects/stanza.ts';
import { type ObjectType, objectTypes } from '../core/objects/types.ts';
import type { Context } from './context.ts';
import { deriveImage } from './object-derive.ts';
import { givenNames, typesNamed } from './object-names.ts';
import type { Request } from './object-write.ts';

/** The options of mkdef and chdef that say which objects, and what is set. */
export interface ChangeArguments {
  readonly words: readonly string[];
  readonly type: string | undefined;
  readonly objects: string | undefined;
  readonly stanza: boolean;
  readonly dynamic: boolean;
  readonly where: readonly string[];
  readonly derive: boolean;
}

/** What a command line asks for. */
export interface Asked {
  readonly type: ObjectType;
  /** The names as they were given; undefined if none were. */
  readonly names: string | undefined;
  readonly assignments: ReadonlyMap<string, string>;
  readonly selections: readonly Selection[];
}

/** Reads the words; the type is node unless another is given, with -u osimage. */
export function parseAsked(args: ChangeArguments): Asked {
  const { names: words, assignments } = parseWords(args.words);
  const types = args.type === undefined ? [] : typesNamed(args.type);
  if (types.length > 1) refuse('objects of one type at a time', 'a stanza file may mix them: -z');
  const type = types[0] ?? (args.derive ? objectTypes.osimage : objectTypes.node);
  const selections = args.where.map(parseSelection);
  if (args.derive && type.name !== 'osimage') {
    refuse(`Option '-u' can not work with '-t ${type.name}'.`, 'only osimages are filled in');
  }
  if (args.dynamic && (type.name !== 'group' || selections.length === 0)) {
    refuse('-d makes a group of the nodes that -w selects', '-t group -o NAME -d -w mgt==ipmi');
  }
  checkAttributes(type, assignments);
  checkSelections(args.dynamic ? objectTypes.node : type, selections);
  return { type, names: givenNames(type, args.objects, words), assignments, selections };
}

/**
 * The objects of the stanza file on stdin; what the command line gives stands over theirs. `-t`
 * leaves out those of other types.
 */
export async function stanzaRequests(
  { stdin }: Pick<Context, 'stdin'>,
  { words, type, objects, derive }: ChangeArguments,
): Promise<Request[]> {
  const { names, assignments } = parseWords(words);
  if (names.length > 0 || objects !== undefined) {
    refuse('the names of the objects come from the stanza file', 'leave them out, or leave out -z');
  }
  const types = type === undefined ? undefined : new Set(typesNamed(type));
  const stanzas = parseStanzas(await stdin()).filter((each) => types?.has(each.type) ?? true);
  const requests = stanzas.map(({ type: of, name, attributes }): Request => {
    const wanted = { name, assignments: new Map([...attributes, ...assignments]) };
    checkAttributes(of, wanted.assignments);
    return {
      type: of,
      wantedIn: async (found) => [
        derive && of.name === 'osimage' ? await deriveImage(wanted, found) : wanted,
      ],
    };
  });
  if (requests.length === 0) refuse('the stanza file on stdin names no such object');
  return requests;
}

/** One object each, filled in if asked. */
export async function wantedObjects(
  names: readonly string[],
  { assignments, derive }: { readonly assignments: Asked['assignments']; readonly derive: boolean },
  objects: Objects,
): Promise<Wanted[]> {
  const wanted = names.map((name) => ({ name, assignments }));
  if (!derive) return wanted;
  return Promise.all(wanted.map((each) => deriveImage(each, objects)));
}

function refuse(problem: string, hint?: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', problem, hint === undefined ? {} : { hint });
}

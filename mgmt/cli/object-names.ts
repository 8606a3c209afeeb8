import { hasCode, StateliteError } from '../../agent/errors.ts';
import { suggest } from '../core/nearest.ts';
import { newNames } from '../core/noderange.ts';
import { namesOf, type Objects } from '../core/objects/definition.ts';
import { splitNames } from '../core/objects/names.ts';
import { type ObjectType, siteName, typeNamed } from '../core/objects/types.ts';
import type { Context } from './context.ts';
import { nodesOf } from './nodes-of.ts';

/** Names of a command line, told apart. */
export interface Named {
  readonly found: readonly string[];
  readonly missing: readonly string[];
}

/** The types of `-t`, a comma list. Throws ERR_STATELITE_USAGE for one that there is not. */
export function typesNamed(text: string): ObjectType[] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].map(typeNamed);
}

/**
 * The names that `-o` or the first word gives; both are one list. Undefined if neither is given; the
 * site has one name. Throws ERR_STATELITE_USAGE for both at once and for blank ones.
 */
export function givenNames(
  type: ObjectType | undefined,
  objects: string | undefined,
  words: readonly string[],
): string | undefined {
  const [word] = words;
  if (word !== undefined && objects !== undefined) {
    throw new StateliteError('ERR_STATELITE_USAGE', `${word} is no attr=value`, {
      hint: 'name the objects once, with -o or as the first word',
    });
  }
  const given = objects ?? word;
  if (given?.trim() === '') {
    throw new StateliteError('ERR_STATELITE_USAGE', 'the names of the objects are blank', {
      hint: 'is a variable of the shell not set?',
    });
  }
  return given ?? (type?.name === 'site' ? siteName : undefined);
}

/** Which of the names there are. Of nodes, `text` is a noderange. */
export function resolveNames(
  context: Pick<Context, 'cwd'>,
  type: ObjectType,
  text: string,
  objects: Objects,
): Named {
  if (type.name === 'node') return resolveNodes(context, text, objects);
  const names = splitNames(type, text);
  const shown = new Set(namesOf(type, objects));
  return {
    found: names.filter((name) => shown.has(name)),
    missing: names.filter((name) => !shown.has(name)),
  };
}

/** Says of each name that there is no such object, then fails, in xCAT's words. */
export function refuseMissing(
  { log }: Pick<Context, 'log'>,
  type: ObjectType,
  missing: readonly string[],
  objects: Objects,
): void {
  const [first] = missing;
  if (first === undefined) return;
  const sentence = (name: string) =>
    `Could not find an object named '${name}' of type '${type.name}'.`;
  const hint = suggest(first, namesOf(type, objects), `lsdef -t ${type.name} lists them`);
  if (missing.length === 1) {
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', sentence(first), { hint });
  }
  for (const name of missing) log.error(sentence(name));
  throw new StateliteError(
    'ERR_STATELITE_NOT_FOUND',
    `${missing.length} objects of type '${type.name}' were not found`,
    { hint },
  );
}

/** A range with names that are no nodes still means those that are. */
function resolveNodes(context: Pick<Context, 'cwd'>, text: string, { cluster }: Objects): Named {
  try {
    return { found: nodesOf(context, cluster, text), missing: [] };
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_NODERANGE')) throw error;
    const isKnown = (name: string) => cluster.groups.has(name) || cluster.nodes.has(name);
    const names = newNames(text);
    const missing = names.filter((name) => !isKnown(name));
    if (missing.length === 0) throw error;
    const found = names.filter(isKnown).flatMap((name) => nodesOf(context, cluster, name));
    return { found: [...new Set(found)].toSorted(), missing };
  }
}

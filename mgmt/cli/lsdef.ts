import { StateliteError } from '../../agent/errors.ts';
import {
  type Definition,
  definitionOf,
  namesOf,
  type Objects,
  withDefaultScripts,
} from '../core/objects/definition.ts';
import { checkSelections, isSelected, parseSelection } from '../core/objects/selection.ts';
import { type Format, showObjects } from '../core/objects/show.ts';
import { attributeNamed, type ObjectType, objectTypes } from '../core/objects/types.ts';
import { withImageAttributes } from '../core/objects/with-image.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { lsdefOptions } from './lsdef-options.ts';
import { givenNames, type Named, refuseMissing, resolveNames, typesNamed } from './object-names.ts';
import { readObjects } from './object-read.ts';
import { tablesOf } from './object-write.ts';

type Arguments = Awaited<ReturnType<ReturnType<typeof lsdefOptions>['parseAsync']>>;

export const lsdef = (context: Context) =>
  command({
    command: 'lsdef [words..]',
    describe: 'Show objects: nodes, groups, images, networks, rows of the statelite tables, ...',
    options: (yargs) => withJson(lsdefOptions(yargs)),
    run: async (args) => {
      if (args.describe) return describeTypes(context, args);
      const asked = parseArguments(args);
      const { types, names, selections, format } = asked;
      const needed = types.flatMap((type) => tablesToRead(type, asked));
      const objects = await context
        .store()
        .snapshot((rows) => readObjects(rows, context.settings, needed, names));
      const named = types.map((type) => ({ type, ...namesFor(context, type, asked, objects) }));
      const shown = named
        .flatMap(({ type, found }) => found.map((name) => define(type, name, asked, objects)))
        .filter((object) => isSelected(object, selections));
      if (args.json)
        printJson(
          context,
          shown.map((object) => asJson(object, format)),
        );
      else if (shown.length > 0) showObjects(shown, format).forEach(context.print);
      else context.print('No object definitions have been found');
      for (const problem of new Set(shown.flatMap(({ problems }) => problems))) {
        context.log.warn(problem);
      }
      for (const { type, missing } of named) refuseMissing(context, type, missing, objects);
    },
  });

/** The attributes of the types, or of all, and what the tables say of them. */
function describeTypes(
  context: Context,
  { type, json }: { type?: string | undefined; json: boolean },
): void {
  const types = type === undefined ? Object.values(objectTypes) : typesNamed(type);
  if (json) {
    const described = types.map(({ name, attributes }) => [name, Object.fromEntries(attributes)]);
    return printJson(context, Object.fromEntries(described));
  }
  for (const { name, doc, attributes } of types) {
    context.print(`${name}: ${doc}`);
    for (const [attribute, { table, column, doc: text }] of attributes) {
      context.print(`    ${attribute}: ${text} (${table}.${column})`);
    }
  }
}

interface Asked {
  readonly types: readonly ObjectType[];
  readonly names: string | undefined;
  readonly selections: ReturnType<typeof parseSelection>[];
  readonly format: Format;
  /** Whether values are looked at, or only names. */
  readonly wantsValues: boolean;
  readonly hidden: boolean;
  readonly osimage: boolean;
}

function parseArguments({ type, words, where, attributes, ...args }: Arguments): Asked {
  const given = type === undefined ? undefined : typesNamed(type);
  if (words.length > 1) refuse(`${words[1]} is not understood`, 'names are one word: n1,n2');
  const [only] = given ?? [];
  const text = givenNames(given?.length === 1 ? only : undefined, args.objects, words);
  const isList = args.objects === undefined && words.length === 0;
  const names = args.all ? undefined : text;
  if (names !== undefined && given !== undefined && given.length > 1) {
    refuse('names are of one type', 'give one type with -t, or no names');
  }
  const fallback =
    names === undefined && !args.osimage ? Object.values(objectTypes) : [objectTypes.node];
  const types = given ?? fallback;
  const selections = where.map(parseSelection);
  for (const each of types) checkSelections(each, selections);
  const list = attributes?.split(',').filter((name) => name !== '');
  checkWanted(args.osimage ? [...types, objectTypes.osimage] : types, list ?? []);
  const long = args.long || !isList || (list?.length ?? 0) > 0 || args.compact;
  const namesOnly = args.short || list?.length === 0 || (!long && !args.stanza);
  const form = args.stanza ? 'stanza' : namesOnly ? 'names' : args.compact ? 'compact' : 'long';
  const notes = args.verbose ? 'tables' : args.sources ? 'sources' : 'none';
  const format = { form, notes, only: list, mixed: types.length > 1 } as const;
  const wantsValues = form !== 'names' || selections.length > 0 || args.osimage;
  return {
    types,
    names,
    selections,
    format,
    wantsValues,
    hidden: args.hidden,
    osimage: args.osimage,
  };
}

/** An attribute that no type has is refused. */
function checkWanted(types: readonly ObjectType[], wanted: readonly string[]): void {
  for (const name of wanted) {
    const known = types.some((type) => type.name === 'site' || type.attributes.has(name));
    if (!known && types[0] !== undefined) attributeNamed(types[0], name);
  }
}

function tablesToRead(type: ObjectType, { wantsValues, osimage }: Asked) {
  const images = osimage ? objectTypes.osimage.tables : [];
  const all = [...tablesOf(type), ...images];
  if (wantsValues) return all;
  return type.name === 'group' ? (['nodelist', 'nodegroup'] as const) : [type.table];
}

/** All names of a type if none are given; hidden nodes only if they are asked for. */
function namesFor(context: Context, type: ObjectType, asked: Asked, objects: Objects): Named {
  if (asked.names !== undefined) return resolveNames(context, type, asked.names, objects);
  const isHidden = (name: string) =>
    type.name === 'node' && objects.cluster.rowOf('nodelist', name)?.['hidden'] === '1';
  const all = namesOf(type, objects);
  return { found: asked.hidden ? all : all.filter((name) => !isHidden(name)), missing: [] };
}

function define(type: ObjectType, name: string, asked: Asked, objects: Objects): Definition {
  if (!asked.wantsValues) return { type, name, attributes: new Map(), problems: [] };
  const object = definitionOf(type, name, objects);
  if (type.name !== 'node') return object;
  // What every node has is no part of a stanza, which mkdef would write into each node.
  const node = asked.format.form === 'stanza' ? object : withDefaultScripts(object, objects);
  return asked.osimage ? withImageAttributes(node, objects) : node;
}

function asJson({ type, name, attributes }: Definition, { form, only }: Format): object {
  if (form === 'names') return { type: type.name, name };
  const wanted = [...attributes].filter(([attribute]) => only?.includes(attribute) ?? true);
  const values = wanted.map(([attribute, { value, from }]) => [attribute, { value, from }]);
  return { type: type.name, name, attributes: Object.fromEntries(values) };
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', problem, { hint });
}

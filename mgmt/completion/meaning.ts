import { afterComma, type Answer, type Names, offer, paths, plain } from './candidates.ts';
import { assignment, columnName, keyPart, tableNames } from './column-words.ts';
import { groups, noderange, nodesAndGroups } from './name-words.ts';
import {
  attributeList,
  condition,
  isAboutObjects,
  objectNames,
  objectWord,
  typeList,
} from './object-words.ts';
import type { ValueSlot } from './slot.ts';

/** What a value may be, from how the definition of its verb calls it. */
export async function meaningOf(slot: ValueSlot, names: Names): Promise<Answer> {
  const { choices, start } = slot;
  if (choices.length > 0) return offer(start, plain(choices));
  const known = slot.names.map((name) => meanings[name]).filter((each) => each !== undefined);
  const answers = await Promise.all(known.map(async (meaning) => meaning(slot, names)));
  const [first = offer(0, [])] = answers;
  const candidates = answers
    .filter(({ kept }) => kept === first.kept)
    .flatMap((each) => each.candidates);
  return { kind: first.kind, kept: first.kept + start, candidates };
}

/** `kept` counts from the beginning of the value. */
type Meaning = (slot: ValueSlot, names: Names) => Promise<Answer> | Answer;

/** By the name of a positional word or an option, whatever verb it belongs to. */
export const meanings: Readonly<Record<string, Meaning | undefined>> = {
  noderange: ({ typed }, names) => noderange(typed, names),
  node: async (_slot, names) => offer(0, await nodesAndGroups(names)),
  groups: async ({ typed }, names) => offer(afterComma(typed), await groups(names)),
  image: async (_slot, names) => offer(0, plain(await names('osimage.imagename'))),
  path: async ({ verb }, names) =>
    verb.name === 'copycds' ? paths('directories') : offer(0, plain(await names('litefile.file'))),
  action,
  table: () => offer(0, tableNames()),
  tables: () => offer(0, tableNames()),
  columns: columnName,
  assignments: assignment,
  key: keyPart,
  words: (slot, names) => (isAboutObjects(slot) ? objectWord : assignment)(slot, names),
  objects: objectNames,
  type: typeList,
  attributes: attributeList,
  where: condition,
  file: () => paths('files'),
  media: () => paths('files'),
  archive: () => paths('files'),
  rootimg: () => paths('directories'),
  destination: () => paths('directories'),
  database: () => paths('files'),
  agent: () => paths('files'),
  directory: () => paths('directories'),
  output: () => paths('directories'),
  etc: () => paths('directories'),
  state: () => paths('directories'),
  installdir: () => paths('directories'),
  tftpdir: () => paths('directories'),
};

/** What nodeset does with nodes. */
async function action({ typed }: ValueSlot, names: Names): Promise<Answer> {
  const image = /^(?:osimage|statelite)=/u.exec(typed)?.[0];
  if (image !== undefined) return offer(image.length, plain(await names('osimage.imagename')));
  return offer(
    0,
    plain(['osimage=', 'osimage', 'statelite=', 'statelite', 'shell', 'boot', 'offline', 'stat']),
  );
}

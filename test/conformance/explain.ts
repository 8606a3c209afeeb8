import type { Difference } from './compare.ts';
import { count, items, members, type Part, text, unfit } from './decode.ts';

/** Why stock's behaviour is not ours, for some differences of a case. */
export interface Explanation {
  readonly id: string;
  /** The id of a case; `*` for what every case has. */
  readonly case: string;
  /** Paths, with `*` for any characters but `/` and `**` for any; without: differences without a path. */
  readonly paths: readonly string[];
  /** Parts as in `Difference.where`, without the numbers: `liteimg`, `boots/paths`, `boots/paths/content`. */
  readonly where: readonly string[];
  /** `node QUIRK-07`, `mgmt QUIRK-41`, `semantics 2.3`. */
  readonly rule: string;
  readonly reason: string;
  /** How many differences of its case it is for; undefined for `*`. */
  readonly differences: number | undefined;
}

export interface Explained {
  readonly difference: Difference;
  readonly explanation: Explanation | undefined;
}

/** The first explanation of each difference, if it has one. */
export function explain(
  id: string,
  differences: readonly Difference[],
  explanations: readonly Explanation[],
): Explained[] {
  const own = explanations.filter((one) => one.case === id || one.case === '*');
  return differences.map((difference) => ({
    difference,
    explanation: own.find((one) => isAbout(one, difference)),
  }));
}

function isAbout({ paths, where }: Explanation, difference: Difference): boolean {
  const place = `${difference.where.replaceAll(/\/\d+/gu, '')}/${difference.field}`;
  return (
    where.some((part) => place === part || place.startsWith(`${part}/`)) &&
    (paths.length === 0
      ? difference.path === ''
      : paths.some((glob) => fits(glob, difference.path)))
  );
}

function fits(glob: string, path: string): boolean {
  const pattern = glob
    .split(/(\*\*|\*)/u)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : RegExp.escape(part)))
    .join('');
  return new RegExp(`^${pattern}$`, 'su').test(path.replace(/(?<=.)\/+$/u, ''));
}

const rule = /^(?:(?:node|mgmt) QUIRK-\d\d|semantics \d(?:\.\d+)?)$/u;

/** Reads the data file. Throws ERR_STATELITE_USAGE naming the entry. */
export function decodeExplanations(value: unknown): Explanation[] {
  const read = items({ value, where: 'expected.json' }).map(decodeExplanation);
  const ids = read.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw unfit('expected.json', `has two entries ${twice}`);
  return read;
}

function decodeExplanation(part: Part): Explanation {
  const fields = members(part);
  const say = (key: string): string => {
    const field = fields.get(key);
    if (field === undefined) throw unfit(part.where, `has no ${key}`);
    return text(field);
  };
  const list = (key: string): string[] => {
    const field = fields.get(key);
    return field === undefined ? [] : items(field).map(text);
  };
  const number = fields.get('differences');
  if ((number === undefined) !== (say('case') === '*')) {
    throw unfit(part.where, 'has a number of differences for every case, or none for its own');
  }
  if (!rule.test(say('rule'))) throw unfit(part.where, `quotes no rule: ${say('rule')}`);
  return {
    id: say('id'),
    case: say('case'),
    paths: list('paths'),
    where: list('where'),
    rule: say('rule'),
    reason: say('reason'),
    differences: number === undefined ? undefined : count(number),
  };
}

import { StateliteError } from '../../agent/errors.ts';
import { plan } from '../../agent/plan/plan.ts';
import { type Placed, placedAbove } from '../../agent/plan/placement.ts';
import type { Situation } from '../../agent/plan/situation.ts';
import { describe } from '../../agent/plan/step.ts';
import { placedOf, type Verdict } from '../../agent/plan/verdict.ts';
import { isLink, type Option } from '../../agent/rules/options.ts';
import { ancestors, components, isRuntime } from '../../agent/rules/path.ts';
import type { RankedRow } from '../../agent/rules/select.ts';
import { resolve, walkListed } from '../../agent/rules/walk.ts';
import { type Content, contentAt, type Kind } from './content.ts';
import { type StockDifference, stockDifferences } from './stock-differences.ts';

/** Why a path looks on a node as it will: everything that was decided about it. */
export interface Explanation {
  /** Free of links that the image has above it. */
  readonly path: string;
  /** The row that serves it: its own, or that of the nearest listed directory above. */
  readonly row: ExplainedRow | undefined;
  /** Less specific rows for the same path. */
  readonly lost: readonly ExplainedRow[];
  /** Every place that was searched for the entry and what was there. */
  readonly searched: readonly string[];
  /** Where the content is from; several places for a merged directory and for con. */
  readonly from: readonly string[];
  readonly kind: Kind | 'missing';
  readonly writable: boolean;
  /** How the node gets there, in words. */
  readonly reached: string;
  /** What becomes of changes at the next boot, in words. */
  readonly survives: string;
  /** The entry's steps, as the log of the node will show them. */
  readonly steps: readonly string[];
  readonly stock: readonly StockDifference[];
}

export interface ExplainedRow {
  readonly file: string;
  readonly options: Option;
  readonly applies: string;
}

/** Names for what only the tables know. */
export interface Names {
  /** A root of the plan, as an administrator knows it: `server:/directory`, or a store. */
  readonly rootName: (root: string) => string;
  readonly groups: string;
}

/**
 * Explains one path of a node. Pure. Throws ERR_STATELITE_PATH for one that the image cannot
 * have, and what the plan throws.
 */
export function explain(path: string, situation: Situation, names: Names): Explanation {
  const { verdicts } = plan(situation);
  const placed = new Map(
    [...verdicts].flatMap(([at, verdict]) => {
      const found = placedOf(verdict);
      return found === undefined ? [] : [[at, found] as const];
    }),
  );
  const { canonical, place } = locate(path, situation, placed);
  const own = verdicts.get(canonical);
  const above = placed.get(canonical) ?? placedAbove(placed, canonical);
  const verdict = own ?? (above === undefined ? undefined : verdicts.get(above.entry.path));
  if (verdict === undefined) return unlisted(canonical, place, situation);
  const isServed = placedOf(verdict) !== undefined;
  const content = isServed ? contentAt(canonical, verdict, situation) : undefined;
  return {
    path: canonical,
    row: rowOf(verdict.entry.row),
    lost: verdict.entry.row.lost.map(rowOf),
    searched: verdict.sources.searched,
    from: namesOf(content, names),
    kind: content === undefined || isBeyondLink(content, canonical) ? 'missing' : content.kind,
    ...fateOf(verdict, canonical, placed, content),
    steps: isServed && 'steps' in verdict.outcome ? verdict.outcome.steps.map(describe) : [],
    stock: stockDifferences({ verdict, situation, groups: names.groups }),
  };
}

/**
 * Where the table and the image have the path. Below a listed directory it is told by its names:
 * what stands there is decided by all its sources.
 */
function locate(
  path: string,
  { entries, saved, image }: Situation,
  placed: ReadonlyMap<string, Placed>,
): { canonical: string; place: string } {
  const normal = `/${components(path).join('/')}`;
  if (normal === '/') {
    throw new StateliteError('ERR_STATELITE_PATH', 'the root itself cannot be listed', {
      hint: 'name a path below it, e.g. /etc/hosts',
    });
  }
  const isListed = (at: string) => entries.entries.has(at) || saved.entries.has(at);
  for (const above of [...ancestors(normal)].toReversed()) {
    const { canonical } = walkListed(image, above, isListed);
    if (placed.get(canonical)?.entry.type !== 'dir') continue;
    const inside = canonical + normal.slice(above.length);
    return { canonical: inside, place: inside };
  }
  const { canonical, original } = walkListed(image, normal, isListed);
  return { canonical, place: original.path };
}

function isBeyondLink({ link }: Content, path: string): boolean {
  return link !== undefined && link.path !== path;
}

/** A path that no row serves is the image's own. */
function unlisted(canonical: string, place: string, { image }: Situation): Explanation {
  const nobody = { row: undefined, lost: [], searched: [], steps: [], stock: [] };
  if (isRuntime(canonical) || isRuntime(place)) {
    return {
      ...nobody,
      path: canonical,
      from: [],
      kind: 'missing',
      writable: true,
      reached: `it leads to ${place}, which every node has of its own`,
      survives: 'no: it is made anew at every boot',
    };
  }
  const found = resolve(image, place);
  const type = 'fact' in found ? found.fact.type : 'missing';
  return {
    ...nobody,
    path: canonical,
    from: type === 'missing' ? [] : [`image: ${place}`],
    kind: type,
    writable: false,
    reached: 'no row lists it or a directory above it: it is as the image has it',
    survives: 'it cannot be changed on the node',
  };
}

function rowOf({ written, option, specificity }: RankedRow): ExplainedRow {
  return { file: written, options: option, applies: specificity };
}

function namesOf(content: Content | undefined, { rootName }: Names): string[] {
  return (content?.from ?? []).map(({ root, path }) => `${rootName(root)}${path}`);
}

/** How it is reached, whether it can be written, what stays (semantics 3). */
function fateOf(
  verdict: Verdict,
  path: string,
  placed: ReadonlyMap<string, Placed>,
  content: Content | undefined,
): Pick<Explanation, 'writable' | 'reached' | 'survives'> {
  if ('reason' in verdict.outcome) {
    const reached = `it is not served: ${verdict.outcome.reason}`;
    return { writable: false, reached, survives: 'it cannot be changed on the node' };
  }
  const { placed: at, steps } = verdict.outcome;
  const bind = steps.findLast((step) => step.kind === 'bind');
  const parent = placedAbove(placed, verdict.entry.path);
  const way =
    bind !== undefined
      ? `${bind.source} is bound on ${bind.target}${bind.readonly ? ', read-only' : ''}`
      : parent === undefined && isLink(at.option)
        ? `a symlink in the image leads to ${at.at}`
        : `it is in the copy of ${parent?.entry.path ?? at.at}, at ${at.at}`;
  const rest = path.slice(verdict.entry.path.length);
  const inside = rest === '' ? '' : `; this is ${rest.slice(1)} in it`;
  const link = content?.link;
  return {
    writable: at.in !== 'source',
    reached:
      link === undefined
        ? way + inside
        : `${way}; ${link.path} is a symlink to ${link.target} there: explain that path`,
    survives: survivalOf(at, verdict.entry.option),
  };
}

function survivalOf({ in: store, at, option }: Placed, wanted: Option): string {
  if (store === 'persistent') return `yes: on the persistent store, as ${at}`;
  if (store === 'localdisk') return `yes: on the node's own disk, as ${at}`;
  if (store === 'source')
    return 'it cannot be changed on the node; changes at its source show at once';
  if (option === wanted) return 'no: it is in memory and filled anew at every boot';
  return `no: it is volatile this time, although it is ${wanted}`;
}

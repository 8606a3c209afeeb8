import { StateliteError } from '../../../agent/errors.ts';
import { splitList } from '../list.ts';
import { expandNoderange } from '../noderange.ts';
import type { Mode } from './assignments.ts';
import type { RowChange, Wanted } from './changes.ts';
import type { Objects } from './definition.ts';
import { objectTypes } from './types.ts';

/** What stock writes into nodegroup.members of a group whose members nodelist tells. */
const kept = new Set(['static', 'dynamic']);

/**
 * The nodelist rows that change when groups are given their `members`, a noderange. A node's other
 * groups stay in their order; a new one comes last. Throws like `expandNoderange`, and
 * ERR_STATELITE_USAGE for a dynamic group, whose conditions say who is a member.
 */
export function memberChanges(
  wanted: readonly Wanted[],
  mode: Mode,
  objects: Objects,
): RowChange[] {
  const { cluster, rowOf } = objects;
  const groupsOf = new Map<string, string[]>();
  for (const { name: group, assignments } of wanted) {
    const given = assignments.get('members');
    if (given === undefined || kept.has(given)) continue;
    const now = rowOf(objectTypes.group, 'nodegroup', group)?.['grouptype'];
    if ((assignments.get('grouptype') ?? now) === 'dynamic') refuseDynamic(group);
    const nodes = new Set(given === '' ? [] : expandNoderange(given, cluster));
    const touched = mode === 'set' ? cluster.nodes : nodes;
    for (const node of touched) {
      const groups = groupsOf.get(node) ?? [...cluster.groupsOf(node)];
      const isWanted = mode === 'set' ? nodes.has(node) : mode === 'add';
      if (isWanted === groups.includes(group)) continue;
      groupsOf.set(node, isWanted ? [...groups, group] : groups.filter((each) => each !== group));
    }
  }
  return [...groupsOf].map(([node, groups]) => groupsChange(node, groups));
}

/** The nodelist rows that change when groups are removed. */
export function leaveGroups(groups: readonly string[], { rows }: Objects): RowChange[] {
  const gone = new Set(groups);
  return rows.nodelist.flatMap(({ node, groups: list }) => {
    const now = splitList(list);
    const left = now.filter((group) => !gone.has(group));
    return left.length === now.length ? [] : [groupsChange(node, left)];
  });
}

function groupsChange(node: string, groups: readonly string[]): RowChange {
  return { kind: 'set', table: 'nodelist', row: { node, groups: groups.join(',') } };
}

function refuseDynamic(group: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', `the members of ${group} cannot be set`, {
    hint: `it is a dynamic group: chdef -t group -o ${group} -d -w attr==value`,
  });
}

import { type Answer, type Candidate, type Names, offer, plain } from './candidates.ts';

/** A noderange goes on after `,`, `@`, a parenthesis and the `-` that takes out. */
export async function noderange(typed: string, names: Names): Promise<Answer> {
  const kept = /^(?:.*[,@(])?-?/su.exec(typed)?.[0].length ?? 0;
  if (/\[[^\]]*$/u.test(typed)) return offer(kept, []); // in cn[01,
  return offer(kept, await nodesAndGroups(names));
}

export async function nodesAndGroups(names: Names): Promise<Candidate[]> {
  const nodes = await names('nodelist.node');
  return [...nodes.map((text) => ({ text, note: 'node' })), ...(await groups(names))];
}

export async function groups(names: Names): Promise<Candidate[]> {
  const all = [...(await names('nodelist.groups')), ...(await names('nodegroup.groupname'))];
  return all.map((text) => ({ text, note: 'group' }));
}

/** The values that a column refers to (`Column.refers`); what names a node may name a group. */
export async function referred(column: string, names: Names): Promise<Candidate[]> {
  if (column === 'nodelist.node') return nodesAndGroups(names);
  return plain(await names(column));
}

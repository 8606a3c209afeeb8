import type { Cluster } from '../core/cluster.ts';
import type { Peer } from './peer.ts';
import { type PolicyRule, policyRules } from './policy-rules.ts';

/** What somebody wants: a command about nodes that are expanded already, with its arguments. */
export interface PolicyRequest {
  readonly command: string;
  /** None for a command that names none; of a node without a certificate that is itself. */
  readonly nodes: readonly string[];
  readonly args: readonly string[];
}

export interface Decision {
  readonly allowed: boolean;
  /** Each deciding row says `trusted`: the request may also name its user. */
  readonly trusted: boolean;
  /** The priority of the row that decided last; undefined if none did, which is no. */
  readonly row: string | undefined;
}

const denied: Decision = { allowed: false, trusted: false, row: undefined };

/**
 * Goes down the policy rows (reference 6.5). Each node is decided by the first row that is about it;
 * the request is allowed if all its nodes are. So a row that allows some of them sets these aside,
 * and one that denies a single one of the rest denies the request. Who shows no certificate is
 * answered only from a node's address, and only about that node.
 */
export function decide(
  cluster: Cluster,
  peer: Peer,
  { command, nodes, args }: PolicyRequest,
): Decision {
  const about = aboutWhom(peer, nodes);
  if (about === undefined) return denied;
  const request = { command, nodes: about, args };
  let left: ReadonlySet<string> = new Set(about);
  let trusted = true;
  for (const rule of policyRules(cluster)) {
    const covered = coveredBy(rule, peer, request, left);
    if (covered === undefined) continue;
    if (!rule.allows) return { allowed: false, trusted: false, row: rule.priority };
    left = left.difference(covered);
    trusted &&= rule.trusted;
    if (left.size === 0) return { allowed: true, trusted, row: rule.priority };
  }
  return denied;
}

/** Undefined if this peer may not ask about these nodes whatever the rows say. */
function aboutWhom({ name, node }: Peer, nodes: readonly string[]): readonly string[] | undefined {
  if (name !== undefined) return nodes;
  if (node === undefined || nodes.some((each) => each !== node)) return undefined;
  return [node];
}

/** The nodes of `left` that a rule is about, undefined if the rule is not about this request. */
function coveredBy(
  rule: PolicyRule,
  peer: Peer,
  { command, nodes, args }: PolicyRequest,
  left: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  const isAbout =
    rule.isForName(peer.name) &&
    rule.isForHost(peer.node) &&
    rule.isForCommand(command) &&
    rule.isForArgs(args);
  if (!isAbout) return undefined;
  const range = rule.nodes();
  if (range === undefined) return left;
  // Without nodes a command may be about any, or about all of them.
  if (nodes.length === 0) return rule.allows ? undefined : left;
  const covered = left.intersection(range);
  return covered.size === 0 ? undefined : covered;
}

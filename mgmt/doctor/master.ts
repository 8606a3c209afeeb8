import { isIP } from 'node:net';
import type { Check } from './check.ts';
import { counted, type Finding, fail, note, ok } from './finding.ts';
import { isOwn } from './machine.ts';
import type { Site } from './site.ts';

export const master: Check<Site> = {
  group: 'names',
  name: 'management node',
  async look({ boots, cluster }) {
    const byHost = Map.groupBy(boots, ({ cmdline }) => cmdline.xcat.host);
    const masters = [...byHost].map(([host, all]) => ({
      host,
      isHere: isOwn(host),
      nodes: all.map(({ node }) => node),
    }));
    return judgeMasters(masters, cluster.site.get('master'));
  },
};

/** Which management node the nodes are told to ask. */
export interface Master {
  readonly host: string;
  readonly isHere: boolean;
  readonly nodes: readonly string[];
}

/** `site` is site.master as it is written. */
export function judgeMasters(masters: readonly Master[], site: string | undefined): Finding[] {
  if (masters.length === 0 && site === undefined) {
    const hint = 'chtab key=master site.value=<the address that nodes reach this machine at>';
    return [fail('site.master is not set: nodes cannot be told whom to ask', hint)];
  }
  return masters.map(({ host, isHere, nodes }) => {
    if (isIP(host) === 0) {
      const hint = `chtab key=master site.value=<address>, or add ${host} to /etc/hosts; then nodeset`;
      return fail(`their management node ${host} has no address here`, hint, nodes);
    }
    if (isHere) return ok(`nodes ask ${host}, this machine`);
    return note(
      `${counted(nodes.length, 'node')} told to ask ${host}, which is no address of this machine that is up`,
      `if it is another management node, run statelite doctor there; if it is meant to be this one: chtab key=master site.value=<address>`,
    );
  });
}

import { onfailOf, parseCmdline } from '../../../agent/protocol/cmdline.ts';
import {
  formatLocation,
  parseLocation,
  splitMountOptions,
} from '../../../agent/protocol/location.ts';
import { formatSave, parseSave } from '../../../agent/rules/save.ts';
import { parseTemplate } from '../../../mgmt/core/template.ts';
import { parseRegexValue } from '../../../mgmt/core/regex-value.ts';
import { expandNoderange, newNames } from '../../../mgmt/core/noderange.ts';
import { formatCsv, parseCsv } from '../../../mgmt/db/csv.ts';
import { tables } from '../../../mgmt/db/tables.ts';
import { clusterOf } from '../../helpers/cluster.ts';
import { accepted, insist, insistEqual, type Target } from '../target.ts';

const nodes = ['n1', 'n2', 'cn01', 'cn02', 'cn10', 'login', 'r1n1'];
const cluster = clusterOf({
  nodelist: nodes.map((node) => ({ node, groups: node.startsWith('cn') ? 'all,compute' : 'all' })),
  nodegroup: [
    { groupname: 'even', grouptype: 'dynamic', wherevals: 'node=~[02]$' },
    { groupname: 'static', members: 'static' },
  ],
});

/** What administrators and boot loaders write. */
export const writtenTargets: readonly Target[] = [
  {
    name: 'cmdline',
    words: [
      'XCAT=',
      'NODE=',
      'ip=',
      'BOOTIF=',
      'imgurl=',
      'root=',
      'statelite.deadline=',
      '"',
      '::',
    ],
    run(input) {
      const text = input.toString();
      accepted(() => parseCmdline(text));
      onfailOf(text);
    },
  },
  {
    name: 'csv',
    words: ['#image,file,options,comments,disable', '"ALL"', '""', ',,', '#', '"\n"', '\r\n'],
    run(input) {
      const { litefile } = tables;
      const rows = accepted(() => parseCsv(input.toString(), litefile, 'x.csv'));
      if (rows === undefined) return;
      const values = rows.map((row) => row.values);
      const text = formatCsv(litefile, values).join('\n');
      const again = parseCsv(text, litefile, 'again.csv');
      const whole = values.map((row) =>
        Object.fromEntries(Object.keys(litefile.columns).map((name) => [name, row[name] ?? ''])),
      );
      insistEqual(
        again.map((row) => row.values),
        whole,
        'rows that are written are read as they were',
      );
    },
  },
  {
    name: 'noderange',
    words: [
      ...nodes,
      'all',
      'even',
      '[1-3]',
      '01:10',
      '+5',
      '/n.*',
      '@',
      '-',
      '^',
      '(',
      '==',
      '=~',
    ],
    run(input) {
      const range = input.toString().slice(0, 1000);
      const files = { readList: () => 'n1\n' };
      const expanded = accepted(() => expandNoderange(range, cluster, files)) ?? [];
      insist(
        expanded.every((node) => nodes.includes(node)),
        'a range names nodes that are there',
      );
      insist(new Set(expanded).size === expanded.length, 'each is named once');
      accepted(() => newNames(range));
    },
  },
  {
    name: 'location',
    words: ['[fd77::1]', 'srv:', '/', '..', '$node', 'soft', ',', ' '],
    run(input) {
      const text = input.toString();
      accepted(() => splitMountOptions(text));
      const place = accepted(() => parseLocation(text));
      if (place === undefined) return;
      insistEqual(
        parseLocation(formatLocation(place)),
        place,
        'a location is read as it is written',
      );
    },
  },
  {
    name: 'save',
    words: ['compute: ', 'link,persistent', 'tmpfs', 'con', '# made /', '/etc/', ' '],
    run(input) {
      const saved = accepted(() => parseSave(input.toString()), isUnreadable);
      if (saved === undefined) return;
      const again = parseSave(formatSave('compute', saved));
      const sorted = ({ entries, made }: typeof saved) =>
        [entries, made].map((map) => [...map.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      insistEqual(sorted(again), sorted(saved), 'what is saved is read as it was');
    },
  },
  {
    name: 'template',
    words: ['$node', '${nodetype.os}', '$noderes.nfsserver', '#CMD=', '#', '|', '(\\d+)', '($1+1)'],
    run(input) {
      const text = input.toString();
      accepted(() => parseTemplate(text, 'a row'));
      const value = accepted(() => parseRegexValue(text));
      insist(value === undefined || text.startsWith('|'), 'only |...| is one');
    },
  },
];

/** An image whose record is damaged is no matter of rows: a plain Error (agent/rules/save.ts). */
function isUnreadable({ message }: Error): boolean {
  return message.includes('of litefile.save is not readable');
}

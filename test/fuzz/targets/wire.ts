import { decodeAnswer } from '../../../agent/protocol/answer.ts';
import { nodeStatuses, parseStatusLine } from '../../../agent/protocol/status.ts';
import {
  endsStockReply,
  isStockAbort,
  parseStockReply,
  parseStockRequest,
  renderStockLines,
  stockInfo,
  stockLitefileRows,
  stockLitetreeRows,
} from '../../../agent/protocol/stock-xml.ts';
import { decodeReport } from '../../../mgmt/daemon/decode-report.ts';
import { parseRange } from '../../../mgmt/daemon/range.ts';
import { pathBelow } from '../../../mgmt/daemon/url-path.ts';
import { accepted, insist, insistEqual, json, type Target } from '../target.ts';

const tags = ['xcatrequest', 'xcatresponse', 'command', 'arg', 'noderange', 'info', 'error'];
const declarations = [
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '&b;',
  '&#0;',
  '&#x110000;',
  '&lt;',
  '&amp;',
];
const sections = ['<![CDATA[', ']]>', '<!--', '-->', '<?xml version="1.0"?>', '<serverdone/>'];
const elements = tags.flatMap((tag) => [`<${tag}>`, `</${tag}>`, `<${tag}/>`]);
const xml = [...elements, ...declarations, ...sections];

/** What comes over the network. */
export const wireTargets: readonly Target[] = [
  {
    name: 'stock-request',
    words: [...xml, 'litefile', 'getpartition', 'tabdump'],
    run(input) {
      const text = input.toString();
      const request = accepted(() => parseStockRequest(text));
      if (request === undefined) return;
      insist(JSON.stringify(request).length <= 8 * text.length + 200, 'nothing grows');
      insist(!text.includes('<!DOCTYPE') && !text.includes('<!ENTITY'), 'there are no entities');
      accepted(() => isStockAbort(text));
    },
  },
  {
    name: 'stock-reply',
    words: [...xml, 'n1: tmpfs         /etc/motd', 'n1: srv:/a :soft', 'Usage:'],
    run(input) {
      endsStockReply(input.toString());
      const reply = accepted(() => parseStockReply(input));
      const info = reply === undefined ? undefined : accepted(() => stockInfo(reply));
      if (info === undefined) return;
      accepted(() => stockLitefileRows(info));
      accepted(() => stockLitetreeRows(info));
      const again = accepted(() => parseStockReply(renderStockLines(info, 'mn')));
      insistEqual(again?.info, info, 'a reply that is written again says the same');
    },
  },
  {
    name: 'status-line',
    words: [...nodeStatuses, 'installstatus', 'next', 'hpcbootstatus', 'a=b'],
    run(input) {
      const line = parseStatusLine(input.toString());
      if (line.verb !== 'installstatus' || line.status === undefined) return;
      insist(nodeStatuses.includes(line.status), 'only known words are statuses');
    },
  },
  {
    name: 'report',
    words: ['"version":1', '"node":', '"steps":[', '"outcome":"ok"', 'null', '1e308', '{}', '[]'],
    run(input) {
      const value = json(input);
      const report = accepted(() => decodeReport(value));
      if (report === undefined) return;
      const again = decodeReport(JSON.parse(JSON.stringify(report)));
      insistEqual(again, report, 'a report that was taken is taken again');
    },
  },
  {
    name: 'answer',
    words: ['"litefile":[', '"litetree":[', '"permission":"755"', '"statemnt":', '"mntopts":""'],
    run(input) {
      const value = json(input);
      const answer = accepted(() => decodeAnswer(value));
      if (answer === undefined) return;
      const again = decodeAnswer(JSON.parse(JSON.stringify(answer)));
      insistEqual(again, answer, 'an answer that was taken is taken again');
    },
  },
  {
    name: 'boot-file-path',
    words: ['/tftpboot/', '..', '%2f', '%2e', '%', '%c0%ae', '?', '#', 'bytes=0-', 'bytes=-1'],
    run(input) {
      const text = input.toString();
      const names = pathBelow('/tftpboot/', text) ?? [];
      insist(!names.some((name) => /^\.{0,2}$|[\0/]/u.test(name)), 'a path stays below its root');
      const range = parseRange(text, 1000);
      if (range === undefined || range === 'unsatisfiable') return;
      const { first, last } = range;
      insist(first >= 0 && first <= last && last < 1000, 'a range is within the file');
    },
  },
];

import { expect, test } from 'vitest';
import { metricTable } from '../../../mgmt/daemon/metric-table.ts';
import { projectFile } from '../../helpers/documents.ts';

const lines = projectFile('docs/protocol.md').split('\n');

test.for(Object.entries(metricTable))('docs/protocol.md describes %s', ([name, metric]) => {
  const { kind, help, labels } = metric;
  const shown = labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
  expect(lines.filter((line) => new RegExp(`^- \`${name}\\b`, 'u').test(line))).toEqual([
    `- \`${shown}\`, ${kind}: ${help}.`,
  ]);
});

import { foldNames } from '../core/fold-names.ts';
import type { Reported } from './check.ts';
import { counted, type Finding } from './finding.ts';

/** Nodes are named up to so many characters. */
const longest = 60;

/** The report for people: groups, a line for each finding, its hint below; what is fine folded. */
export function renderReport(findings: readonly Reported[], isVerbose: boolean): string[] {
  const groups = [...Map.groupBy(findings, ({ group }) => group)];
  return [...groups.flatMap(([name, all]) => renderGroup(name, all, isVerbose)), summary(findings)];
}

/** `2 failures, 1 warning, 14 checks ok`. */
export function summary(findings: readonly Finding[]): string {
  const words = [
    ['fail', 'failure', 'failures'],
    ['warn', 'warning', 'warnings'],
    ['note', 'note', 'notes'],
    ['ok', 'check ok', 'checks ok'],
  ] as const;
  return words
    .map(
      ([word, one, many]) => [findings.filter(({ level }) => level === word), one, many] as const,
    )
    .filter(([all]) => all.length > 0)
    .map(([all, one, many]) => counted(all.length, one, many))
    .join(', ');
}

function renderGroup(name: string, findings: readonly Reported[], isVerbose: boolean): string[] {
  const shown = isVerbose ? findings : findings.filter(({ level }) => level !== 'ok');
  const folded = isVerbose ? 0 : findings.length - shown.length;
  return [
    name,
    ...(folded === 0 ? [] : [`  ok    ${counted(folded, 'check')} ok`]),
    ...shown.flatMap(renderFinding),
  ];
}

function renderFinding({ level, message, hint, nodes }: Finding): string[] {
  const about = nodes === undefined ? '' : `${shortened(nodes)}: `;
  const line = `  ${level.padEnd(6)}${plain(about + message)}`;
  return hint === undefined || level === 'ok' ? [line] : [line, `        ${plain(hint)}`];
}

function shortened(nodes: readonly string[]): string {
  const folded = foldNames(nodes);
  return folded.length <= longest ? folded : `${nodes[0]} and ${nodes.length - 1} more`;
}

/** What servers and files say must not forge lines, nor move the cursor of a terminal. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

import type { Explained } from './explain.ts';
import type { Result } from './suite.ts';
import type { Json } from './entry.ts';

/** One line for a case, and one for each difference. */
export function caseLines({ outcome, found }: Result): string[] {
  const { id, error } = outcome;
  if (error !== undefined) return [`FAILED        ${id}: ${error.message}`];
  if (found === null) return [`no record     ${id}`];
  const unexplained = found.filter(({ explanation }) => explanation === undefined).length;
  const explained = found.length - unexplained;
  const verdicts = [
    ...(explained > 0 ? [`${explained} explained`] : []),
    ...(unexplained > 0 ? [`${unexplained} UNEXPLAINED`] : []),
  ];
  const verdict = verdicts.length === 0 ? 'ok' : verdicts.join(', ');
  return [`${verdict.padEnd(13)} ${id}`, ...found.map(differenceLine)];
}

function differenceLine({ difference, explanation }: Explained): string {
  const { where, path, field, ours, stock } = difference;
  const place = [where, JSON.stringify(path).slice(1, -1), field].filter((word) => word !== '');
  const reason = explanation === undefined ? 'UNEXPLAINED' : explanation.id;
  return `    ${place.join(' ')}: ours ${short(ours)}, stock's ${short(stock)}  [${reason}]`;
}

/** Values are as long as files; a terminal is not. */
function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The columns of the policy table that decide; blank is null. */
export interface PolicyRow {
  readonly priority: string;
  readonly name: string | null;
  readonly host: string | null;
  readonly commands: string | null;
  readonly noderange: string | null;
  readonly parameters: string | null;
  readonly rule: string | null;
}

const allowing: readonly string[] = ['allow', 'accept', 'trusted'];

/**
 * May this node, which shows no certificate, run the command about itself? The first row that
 * matches decides; no row is no. A rule allows by its exact word: stock takes "disallow" for an
 * "allow" (QUIRK-73). A condition that is not evaluated here never opens anything: it is met for
 * rows that deny, and not met for rows that allow.
 */
export function isAllowed(rows: readonly PolicyRow[], node: string, command: string): boolean {
  const first = rows
    .toSorted((a, b) => Number(a.priority) - Number(b.priority))
    .find((row) => matches(row, node, command));
  return first !== undefined && allows(first);
}

function matches(row: PolicyRow, node: string, command: string): boolean {
  // Even `*` asks for a certificate.
  if (!isBlank(row.name)) return false;
  if (!isBlank(row.host) && row.host !== node) return false;
  if (!isBlank(row.commands) && !words(row.commands).includes(command)) return false;
  const unevaluated = [row.noderange, row.parameters].some((value) => !isBlank(value));
  return !unevaluated || !allows(row);
}

function allows({ rule }: PolicyRow): boolean {
  return allowing.includes((rule ?? '').trim().toLowerCase());
}

function isBlank(value: string | null): boolean {
  return value === null || value.trim() === '';
}

function words(text: string | null): string[] {
  return (text ?? '').split(/[\s,]+/).filter((word) => word !== '');
}

import { StateliteError } from '../errors.ts';

/** How precisely a row names an image, most specific first (semantics.md 1.1). */
export type Specificity = 'image' | 'group' | 'ALL' | 'blank';

/** A litefile row that applies to the node's image, as written in the table. */
export interface LitefileRow {
  readonly file: string;
  readonly options: string;
  readonly specificity: Specificity;
}

/** A litetree row that applies, its variables already substituted. */
export interface LitetreeRow {
  readonly priority: string;
  readonly directory: string;
  readonly mntopts: string;
  readonly specificity: Specificity;
}

/** How the local disk is divided: linuximage.partitionfile, as it is written. */
export interface Partition {
  /** Settings, or a script that does it. */
  readonly kind: 'format' | 'script';
  readonly text: string;
}

/** What the management node tells a booting node: `GET /v1/boot`, or the two stock lists. */
export interface BootAnswer {
  readonly node: string;
  readonly image: string;
  readonly litefile: readonly LitefileRow[];
  readonly litetree: readonly LitetreeRow[];
  /** Mode of the tmpfs on /.statelite in octal (linuximage.permission), default 755. */
  readonly permission: string;
  /** Not there for an image without a partitionfile. */
  readonly partition?: Partition;
}

const specificities: readonly Specificity[] = ['image', 'group', 'ALL', 'blank'];

/** Checks a parsed JSON answer field by field; everything from the network is hostile. */
export function decodeAnswer(value: unknown): BootAnswer {
  const answer = asRecord(value, 'answer');
  return {
    node: asText(answer, 'node'),
    image: asText(answer, 'image'),
    litefile: asRows(answer, 'litefile').map((row) => ({
      file: asText(row, 'file'),
      options: asText(row, 'options'),
      specificity: asSpecificity(row),
    })),
    litetree: asRows(answer, 'litetree').map((row) => ({
      priority: asText(row, 'priority'),
      directory: asText(row, 'directory'),
      mntopts: asText(row, 'mntopts'),
      specificity: asSpecificity(row),
    })),
    permission: asPermission(answer),
    ...asPartition(answer['partition']),
  };
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value));
  }
  throw bad(`${what} is not an object`);
}

function asRows(record: Record<string, unknown>, key: string): Record<string, unknown>[] {
  const rows = record[key];
  if (!Array.isArray(rows)) throw bad(`${key} is not a list`);
  return rows.map((row, index) => asRecord(row, `${key}[${index}]`));
}

function asText(record: Record<string, unknown>, key: string): string {
  const value = record[key];
  if (typeof value === 'string') return value;
  throw bad(`${key} is not a string`);
}

function asSpecificity(record: Record<string, unknown>): Specificity {
  const value = asText(record, 'specificity');
  const known = specificities.find((specificity) => specificity === value);
  if (known !== undefined) return known;
  throw bad(`specificity is ${JSON.stringify(value)}`);
}

function asPermission(record: Record<string, unknown>): string {
  const value = asText(record, 'permission');
  if (/^[0-7]{3,4}$/.test(value)) return value;
  throw bad(`permission ${JSON.stringify(value)} is not an octal mode`);
}

function asPartition(value: unknown): Pick<BootAnswer, 'partition'> {
  if (value === undefined) return {};
  const partition = asRecord(value, 'partition');
  const kind = asText(partition, 'kind');
  if (kind !== 'format' && kind !== 'script') {
    throw bad(`partition.kind is ${JSON.stringify(kind)}`);
  }
  return { partition: { kind, text: asText(partition, 'text') } };
}

function bad(what: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_ANSWER',
    `the management node's answer is not usable: ${what}`,
    { hint: 'do the agent in the initramfs and the daemon have matching versions?' },
  );
}

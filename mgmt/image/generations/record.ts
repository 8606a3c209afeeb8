import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { replaceFile } from '../../../agent/files/replace.ts';
import { type Schema, take } from '../../core/schema.ts';

/** What a generation says of itself: its number is known from here, never from a directory's name. */
export interface GenerationRecord {
  readonly version: 1;
  readonly number: number;
  /** ISO 8601 in UTC, as all times here. */
  readonly made: string;
  /** The command that made it, e.g. `genimage compute`; blank if nobody knows. */
  readonly by: string;
  /** Version of the kernel that nodes boot; blank if nobody knows. */
  readonly kernel: string;
  /** How many packages it has, if it says. */
  readonly packages?: number;
  /** When it became the image; the last is the latest. */
  readonly published: readonly string[];
}

/** The record lies beside `rootimg`. A directory without one is a generation that nobody finished. */
export const recordName = 'generation.json';

const text = { type: 'string', maxLength: 4096 } as const;
const time = {
  type: 'string',
  pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`,
} as const;

const properties = {
  version: { type: 'integer', minimum: 1, maximum: 1 },
  number: { type: 'integer', minimum: 1, maximum: 1e9 },
  made: time,
  by: text,
  kernel: text,
  packages: { type: 'integer', minimum: 0 },
  published: { type: 'array', maxItems: 10_000, items: time },
} satisfies Record<keyof GenerationRecord, Schema>;

const schema: Schema = {
  title: 'Generation',
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => name !== 'packages'),
};

/** The record in a directory; undefined if there is none. ERR_STATELITE_IMAGE for a damaged one. */
export async function readRecord(directory: string): Promise<GenerationRecord | undefined> {
  const file = join(directory, recordName);
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  return parseRecord(content, file);
}

/** Whole or as before, and on the disk. */
export async function writeRecord(directory: string, record: GenerationRecord): Promise<void> {
  await replaceFile(join(directory, recordName), `${JSON.stringify(record, undefined, 2)}\n`);
}

export function parseRecord(content: string, file: string): GenerationRecord {
  const taken = take(schema, parseJson(content, file));
  if (taken.wrong !== undefined) throw damaged(file, `${taken.wrong.path} ${taken.wrong.why}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema describes this type
  return taken.value as GenerationRecord;
}

function parseJson(content: string, file: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw damaged(file, cause.message);
    throw cause;
  }
}

function damaged(file: string, why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', `${file} is damaged: ${why}`, {
    hint: 'repair it, or remove the generation that it is in',
  });
}

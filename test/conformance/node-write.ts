import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { members, type Part, text, unfit } from './decode.ts';

const verbs = ['write', 'unlink', 'rmdir', 'rename', 'mkdir', 'chmod'] as const;

/** Something a node does through its own paths. */
export interface NodeWrite {
  readonly verb: (typeof verbs)[number];
  readonly path: string;
  /** The new name of a renamed object. */
  readonly to: string;
  readonly content: string;
  readonly append: boolean;
  readonly mode: number | null;
}

/** What came of it: `{"write": path, "ok": true}`, or `ok` false and the error's name. */
export type Written = Readonly<Record<string, string | boolean>>;

/**
 * Reads `{"path", "content", "append"}`, or another verb as `{"unlink": path}`, `{"path", "unlink": true}`,
 * `{"path", "op": "unlink"}`; `{"rename": [from, to]}`, `{"rename": from, "to"}`, `{"rename": {"from", "to"}}` or
 * `{"path", "rename_to"}`; `{"chmod": path, "mode"}` or `{"chmod": [path, mode]}`.
 */
export function nodeWrite(part: Part): NodeWrite {
  const outer = members(part);
  const verb = verbOf(outer);
  const own = outer.get(verb);
  const isObject = typeof own?.value === 'object' && !Array.isArray(own.value);
  const fields = own !== undefined && isObject ? new Map([...outer, ...members(own)]) : outer;
  const say = (...keys: readonly string[]): string =>
    keys.map((key) => fields.get(key)?.value).find((value) => typeof value === 'string') ?? '';
  const [first, next = ''] = Array.isArray(own?.value) ? own.value.map(String) : [];
  const parameter = typeof own?.value === 'string' ? own.value : '';
  const named = say('path', 'from');
  const path = first ?? (named || parameter);
  if (path === '') throw unfit(part.where, 'names no path');
  const spare = next || (named === '' ? '' : parameter);
  const mode = fields.get('mode');
  const digits = mode === undefined ? (verb === 'chmod' ? spare : '') : text(mode);
  return {
    verb,
    path,
    to: say('to', 'rename_to', 'target') || spare,
    content: say('content') || (verb === 'write' ? spare : ''),
    append: fields.get('append')?.value === true,
    mode: digits === '' ? null : Number.parseInt(digits, 8),
  };
}

function verbOf(fields: ReadonlyMap<string, Part>): NodeWrite['verb'] {
  const said = ['op', 'action'].map((key) => fields.get(key)?.value);
  const found = verbs.find((verb) => fields.has(verb) || said.includes(verb));
  return found ?? (fields.has('rename_to') ? 'rename' : 'write');
}

/** Does it; to be called where `/` is the root of the node. */
export function performWrite(write: NodeWrite): Written {
  const { verb, path } = write;
  try {
    perform(write);
    return { [verb]: path, ok: true };
  } catch (error) {
    const isOfSystem = error instanceof Error && 'code' in error;
    if (!isOfSystem) throw error;
    return { [verb]: path, ok: false, error: String(error.code) };
  }
}

/** A pipe that nobody reads fails instead of waiting. */
const write = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK;
const addTo = write | constants.O_APPEND;
const replace = write | constants.O_TRUNC;

function perform({ verb, path, to, content, append, mode }: NodeWrite): void {
  switch (verb) {
    case 'write':
      writeInto(path, content, append ? addTo : replace);
      if (mode !== null) chmodSync(path, mode);
      return;
    case 'unlink':
      return unlinkSync(path);
    case 'rmdir':
      return rmdirSync(path);
    case 'rename':
      return renameSync(path, to);
    case 'mkdir':
      mkdirSync(path, mode === null ? {} : { mode });
      return;
    case 'chmod':
      return chmodSync(path, mode ?? 0);
  }
}

function writeInto(path: string, content: string, flags: number): void {
  const file = openSync(path, flags, 0o666);
  try {
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
}

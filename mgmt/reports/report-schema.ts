import type { BootReport, PhaseTime, StepReport } from '../../agent/protocol/report.ts';
import { type Schema, take } from '../core/schema.ts';

/** Two paths in a sentence. */
const line = { type: 'string', maxLength: 20_000 } as const;
const name = { type: 'string', maxLength: 1024 } as const;
const milliseconds = { type: 'number', minimum: 0, maximum: 1e12 } as const;

/** Each field of `T`, so that none is forgotten. */
type Fields<T> = Readonly<Record<keyof T, Schema>>;

const phase = {
  name,
  start: { ...milliseconds, description: "Since the agent's first line" },
  took: milliseconds,
  bytes: { type: 'number', minimum: 0, description: 'What it brought over the network' },
} satisfies Fields<PhaseTime>;

const step = {
  step: { ...line, description: 'What was done, in words' },
  took: milliseconds,
  why: { ...line, description: 'The decision behind it' },
  error: line,
} satisfies Fields<StepReport>;

const fields = {
  version: { type: 'integer', minimum: 1, maximum: 1 },
  node: { ...name, description: 'By its own account; blank where it is not known' },
  image: { ...name, description: 'Blank where it is not known' },
  generation: {
    type: 'integer',
    minimum: 0,
    description: 'Of the image; not there for one without generations',
  },
  outcome: { type: 'string', enum: ['ok', 'degraded', 'error'] },
  bootId: name,
  kernel: name,
  agent: { ...name, description: 'Its version' },
  took: { ...milliseconds, description: "From the agent's first line to the report" },
  uptime: {
    type: 'number',
    description: "Seconds from the start of the kernel to the agent's first line",
  },
  phases: {
    type: 'array',
    maxItems: 1000,
    items: { type: 'object', properties: phase, required: ['name', 'start', 'took'] },
  },
  steps: {
    type: 'array',
    maxItems: 100_000,
    items: { type: 'object', properties: step, required: ['step', 'took'] },
  },
  entries: {
    type: 'object',
    description: 'How many entries each option has',
    maxProperties: 1000,
    additionalProperties: { type: 'number' },
  },
  warnings: { type: 'array', maxItems: 100_000, items: line },
  error: {
    type: 'object',
    properties: { code: name, message: line, hint: line },
    required: ['code', 'message'],
  },
  spawned: { type: 'array', maxItems: 10_000, items: line },
  memoryUsed: { type: 'number', description: 'Bytes' },
} satisfies Fields<BootReport>;

const optional: readonly string[] = ['error', 'generation'] satisfies (keyof BootReport)[];

/** What a boot report is, as nodes send it and as it is kept. */
export const reportSchema: Schema = {
  title: 'BootReport',
  type: 'object',
  properties: fields,
  required: Object.keys(fields).filter((field) => !optional.includes(field)),
};

/** A parsed report without what nobody knows, or why it is none, naming the field. */
export function takeReport(
  value: unknown,
): { readonly report: BootReport } | { readonly wrong: string } {
  const taken = take(reportSchema, value);
  if (taken.wrong !== undefined) {
    const { path, why } = taken.wrong;
    return { wrong: path === '' ? `the report ${why}` : `the report's ${path} ${why}` };
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema describes this type
  return { report: taken.value as BootReport };
}

/** The keywords that are understood here; another one would go unchecked. */
const keywords: ReadonlySet<string> = new Set([
  'type',
  'title',
  'description',
  'enum',
  'pattern',
  'maxLength',
  'minimum',
  'maximum',
  'items',
  'maxItems',
  'properties',
  'required',
  'additionalProperties',
  'maxProperties',
]);

type Json = Readonly<Record<string, unknown>>;

/**
 * What of a value is not as a schema of `document` says, by JSON pointer. Stricter than the standard:
 * a property that is not described is a violation too.
 */
export function violations(document: unknown, schema: unknown, value: unknown, at = ''): string[] {
  const { type, ...rest } = resolved(document, schema);
  const unknown = Object.keys(rest).filter((keyword) => !keywords.has(keyword));
  if (unknown.length > 0) throw new Error(`${at}: schema with ${unknown.join(', ')}`);
  if (!isOfType(type, value)) return [`${at}: is not ${String(type)}`];
  const inside = insideOf(rest, value, at).flatMap(({ part, schema: partSchema, where }) =>
    partSchema === undefined
      ? [`${where}: is not described`]
      : violations(document, partSchema, part, where),
  );
  return [...limits(rest, value).map((what) => `${at}: ${what}`), ...inside];
}

/** Follows `$ref: #/components/schemas/Name`. */
export function resolved(document: unknown, schema: unknown): Json {
  const { $ref } = record(schema);
  if (typeof $ref !== 'string') return record(schema);
  const [start, ...names] = $ref.split('/');
  if (start !== '#') throw new Error(`$ref ${$ref} leads out of the document`);
  return resolved(
    document,
    names.reduce((value: unknown, name) => record(value)[name], document),
  );
}

/** An object of parsed JSON. */
export function record(value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value));
  }
  throw new Error(`${JSON.stringify(value)} is no object`);
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object')
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function insideOf(
  { items, properties = {}, additionalProperties }: Json,
  value: unknown,
  at: string,
) {
  if (Array.isArray(value)) {
    return value.map((part: unknown, index) => ({ part, schema: items, where: `${at}/${index}` }));
  }
  if (typeof value !== 'object' || value === null) return [];
  // An object that is described by nothing but its type may hold anything.
  if (Object.keys(record(properties)).length === 0 && additionalProperties === undefined) return [];
  return Object.entries(value).map(([key, part]: [string, unknown]) => ({
    part,
    schema: record(properties)[key] ?? additionalProperties,
    where: `${at}/${key}`,
  }));
}

function limits(schema: Json, value: unknown): string[] {
  const { required = [], pattern, minimum, maximum, maxLength, maxItems, maxProperties } = schema;
  const found: string[] = [];
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value))
    found.push('is not in enum');
  if (typeof value === 'string') {
    if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value))
      found.push('is malformed');
    if (tooMuch(maxLength, Array.from(value).length)) found.push('is too long');
  }
  if (typeof value === 'number') {
    if (tooMuch(maximum, value)) found.push('is too large');
    if (typeof minimum === 'number' && value < minimum) found.push('is too small');
  }
  if (Array.isArray(value) && tooMuch(maxItems, value.length)) found.push('has too many items');
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if (tooMuch(maxProperties, Object.keys(value).length)) found.push('has too many properties');
    if (!Array.isArray(required)) throw new Error('required is no list');
    const missing = required.filter((key) => !Object.hasOwn(value, String(key)));
    found.push(...missing.map((key) => `${String(key)} is missing`));
  }
  return found;
}

function tooMuch(limit: unknown, size: number): boolean {
  return typeof limit === 'number' && size > limit;
}

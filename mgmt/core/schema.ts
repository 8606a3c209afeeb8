/**
 * The part of JSON Schema 2020-12 that our API is described with. A `title` names what several
 * routes share.
 */
export type Schema = TextSchema | NumberSchema | BooleanSchema | ListSchema | ObjectSchema;

interface Described {
  readonly title?: string;
  readonly description?: string;
}

interface TextSchema extends Described {
  readonly type: 'string';
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** In UTF-16 units here, in characters by the standard: ours is never the laxer one. */
  readonly maxLength?: number;
}

interface NumberSchema extends Described {
  readonly type: 'number' | 'integer';
  readonly minimum?: number;
  readonly maximum?: number;
}

interface BooleanSchema extends Described {
  readonly type: 'boolean';
}

interface ListSchema extends Described {
  readonly type: 'array';
  readonly items: Schema;
  readonly maxItems?: number;
}

interface ObjectSchema extends Described {
  readonly type: 'object';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** What every other property is; without it others may be there and mean nothing. */
  readonly additionalProperties?: Schema;
  readonly maxProperties?: number;
}

/** The value without what the schema does not know, or what is wrong with it. */
export type Taken =
  | { readonly value: unknown; readonly wrong?: undefined }
  | { readonly wrong: { readonly path: string; readonly why: string } };

/**
 * Checks parsed JSON of a stranger. What the schema does not name is left out, so that nothing
 * unchecked, or deeper than the schema, goes on.
 */
export function take(schema: Schema, value: unknown, path = ''): Taken {
  const wrong = (why: string): Taken => ({ wrong: { path, why } });
  switch (schema.type) {
    case 'string':
      return takeText(schema, value, wrong);
    case 'number':
    case 'integer':
      return takeNumber(schema, value, wrong);
    case 'boolean':
      return typeof value === 'boolean' ? { value } : wrong('is not true or false');
    case 'array':
      return takeList(schema, value, path, wrong);
    case 'object':
      return takeObject(schema, value, path, wrong);
  }
}

type Wrong = (why: string) => Taken;

function takeText(schema: TextSchema, value: unknown, wrong: Wrong): Taken {
  if (typeof value !== 'string') return wrong('is not a text');
  const { enum: words, pattern, maxLength } = schema;
  if (words !== undefined && !words.includes(value))
    return wrong(`is not one of: ${words.join(', ')}`);
  if (maxLength !== undefined && value.length > maxLength) {
    return wrong(`is longer than ${maxLength} characters`);
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) return wrong('is malformed');
  return { value };
}

function takeNumber({ type, minimum, maximum }: NumberSchema, value: unknown, wrong: Wrong): Taken {
  if (typeof value !== 'number' || !Number.isFinite(value)) return wrong('is not a number');
  if (type === 'integer' && !Number.isInteger(value)) return wrong('is not a whole number');
  if (minimum !== undefined && value < minimum) return wrong(`is below ${minimum}`);
  if (maximum !== undefined && value > maximum) return wrong(`is above ${maximum}`);
  return { value };
}

function takeList(
  { items, maxItems }: ListSchema,
  value: unknown,
  path: string,
  wrong: Wrong,
): Taken {
  if (!Array.isArray(value)) return wrong('is not a list');
  if (maxItems !== undefined && value.length > maxItems)
    return wrong(`has more than ${maxItems} items`);
  const taken: unknown[] = [];
  for (const [index, item] of value.entries()) {
    const one = take(items, item, `${path}[${index}]`);
    if (one.wrong !== undefined) return one;
    taken.push(one.value);
  }
  return { value: taken };
}

function takeObject(schema: ObjectSchema, value: unknown, path: string, wrong: Wrong): Taken {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return wrong('is not an object');
  }
  const { properties = {}, required = [], additionalProperties, maxProperties } = schema;
  const given = Object.entries(value);
  if (maxProperties !== undefined && given.length > maxProperties) {
    return wrong(`has more than ${maxProperties} properties`);
  }
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  const missing = required.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) return { wrong: { path: at(missing), why: 'is missing' } };
  const taken: [string, unknown][] = [];
  for (const [key, item] of given) {
    const known = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (known === undefined) continue;
    const one = take(known, item, at(key));
    if (one.wrong !== undefined) return one;
    taken.push([key, one.value]);
  }
  // Own properties also for the name __proto__.
  return { value: Object.fromEntries(taken) };
}

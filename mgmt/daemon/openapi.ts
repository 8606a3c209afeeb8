import type { Schema } from '../core/schema.ts';
import { type Answer, errorSchema, type Route } from './api-route.ts';

const whose = {
  node: 'For nodes, each about itself: known by its address in the hosts table.',
  administrator: 'For administrators: a client certificate of our CA, and a policy row for',
  monitor: 'For the addresses of site.metricsfrom, or a client certificate with a policy row for',
  anybody: 'For anybody.',
} as const;

/**
 * The routes as an OpenAPI 3.1 document. Schemas with a title become components, which the others
 * refer to.
 */
export function describeApi(routes: readonly Route[]): unknown {
  const schemas = new Map<string, unknown>();
  const paths = new Map<string, Record<string, unknown>>();
  for (const route of routes) {
    const methods = paths.get(route.path) ?? {};
    methods[route.method.toLowerCase()] = describeRoute(route, schemas);
    paths.set(route.path, methods);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'statelite',
      version: '1',
      description:
        'The management node as its nodes, administrators and monitors ask it: JSON over TLS, chosen by ALPN http/1.1.',
    },
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: { certificate: { type: 'mutualTLS' } },
    },
  };
}

type Components = Map<string, unknown>;

function describeRoute(route: Route, schemas: Components): unknown {
  const command = 'command' in route ? ` ${route.command}.` : '';
  const security = { node: [], anybody: [], administrator: [cert], monitor: [{}, cert] } as const;
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    describeAnswer(answer, schemas),
  ]);
  const parameters = [
    ...parametersIn('path', route.parameters),
    ...parametersIn('query', route.query),
  ];
  return {
    summary: route.summary,
    description: `${whose[route.who]}${command}`,
    security: security[route.who],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body !== undefined && {
      requestBody: {
        required: true,
        description: `At most ${route.body.limit} bytes.`,
        content: json(route.body.schema, schemas),
      },
    }),
    responses: {
      ...Object.fromEntries(answers),
      default: { description: 'It failed, or was refused', content: json(errorSchema, schemas) },
    },
  };
}

const cert = { certificate: [] } as const;

function parametersIn(place: 'path' | 'query', parameters: Route['query'] = {}): unknown[] {
  return Object.entries(parameters).map(([name, { description, pattern }]) => ({
    name,
    in: place,
    required: place === 'path',
    description,
    schema: { type: 'string', pattern },
  }));
}

function describeAnswer({ description, schema, text }: Answer, schemas: Components): unknown {
  if (text !== undefined) {
    return { description, content: { [text]: { schema: { type: 'string' } } } };
  }
  return schema === undefined ? { description } : { description, content: json(schema, schemas) };
}

function json(schema: Schema, schemas: Components): unknown {
  return { 'application/json': { schema: referring(schema, schemas) } };
}

function referring(schema: Schema, schemas: Components): unknown {
  const { title } = schema;
  if (title === undefined) return inside(schema, schemas);
  if (!schemas.has(title)) schemas.set(title, inside(schema, schemas));
  return { $ref: `#/components/schemas/${title}` };
}

function inside(schema: Schema, schemas: Components): unknown {
  if (schema.type === 'array') return { ...schema, items: referring(schema.items, schemas) };
  if (schema.type !== 'object') return schema;
  const { properties, additionalProperties, ...rest } = schema;
  const described = Object.entries(properties ?? {}).map(([key, value]) => [
    key,
    referring(value, schemas),
  ]);
  return {
    ...rest,
    ...(properties !== undefined && { properties: Object.fromEntries(described) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: referring(additionalProperties, schemas),
    }),
  };
}

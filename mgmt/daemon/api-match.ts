import type { Route } from './api-route.ts';
import { badRequest, HttpError } from './http-error.ts';

export interface Matched {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds the route for a request, with the parts of its path. What it gives throws 404 and 405. */
export function matchRoutes(routes: readonly Route[]): (method: string, path: string) => Matched {
  const plain = new Map(
    routes
      .filter(({ path }) => !path.includes('{'))
      .map((route) => [`${route.method} ${route.path}`, { route, parameters: {} }]),
  );
  return (method, path) => plain.get(`${method} ${path}`) ?? searched(routes, method, path);
}

function searched(routes: readonly Route[], method: string, path: string): Matched {
  const matched = routes.flatMap((route) => {
    const parameters = parametersOf(route, path);
    return parameters === undefined ? [] : [{ route, parameters }];
  });
  if (matched.length === 0) throw badRequest(`there is no ${path.slice(0, 200)}`, 404);
  const found = matched.find(({ route }) => route.method === method);
  if (found !== undefined) return found;
  const allow = matched.map(({ route }) => route.method).join(', ');
  const message = `${path} is for ${allow}`;
  throw new HttpError(405, { code: 'ERR_STATELITE_REQUEST', message }, { Allow: allow });
}

/** What a query says; 400 for a value that is malformed, others than the route's mean nothing. */
export function queryOf({ query = {} }: Route, url: string): URLSearchParams {
  const [, text = ''] = url.split(/\?(.*)/su);
  const given = new URLSearchParams(text);
  for (const [name, { pattern }] of Object.entries(query)) {
    const value = given.get(name);
    if (value !== null && !new RegExp(pattern, 'u').test(value)) {
      throw badRequest(`the query's ${name} is malformed`);
    }
  }
  return given;
}

function parametersOf(route: Route, path: string): Record<string, string> | undefined {
  const wanted = route.path.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    const name = /^\{(.+)\}$/u.exec(part)?.[1];
    if (name === undefined) {
      if (text !== part) return undefined;
      continue;
    }
    const pattern = route.parameters?.[name]?.pattern;
    if (pattern === undefined) throw new Error(`${route.path} does not describe ${name}`);
    if (!new RegExp(pattern, 'u').test(text)) return undefined;
    parameters[name] = text;
  }
  return parameters;
}

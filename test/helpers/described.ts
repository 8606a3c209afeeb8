import { routes } from '../../mgmt/daemon/api-routes.ts';
import { describeApi } from '../../mgmt/daemon/openapi.ts';
import { record, violations } from './json-schema.ts';

/** A response as a test got it; `body` is parsed JSON, or text. */
interface Response {
  readonly status: number | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

const description = describeApi(routes);

/** How a response differs from what OpenAPI says of the route; paths we do not have may only fail. */
export function undescribed(method: string, url: string, response: Response): string[] {
  const { status, contentType = '', body } = response;
  const operation = operationFor(method, url.split('?', 1).join());
  const responses = operation === undefined ? {} : record(operation['responses']);
  const described = responses[String(status)] ?? (Number(status) >= 400 ? failure() : undefined);
  if (described === undefined) return [`${method} ${url}: ${status} is not described`];
  const content = record(record(described)['content'] ?? {});
  if (Object.keys(content).length === 0) return body === undefined ? [] : ['there is a body'];
  const media = content[contentType];
  if (media === undefined) return [`${contentType} is not described`];
  return violations(description, record(media)['schema'], body);
}

function operationFor(method: string, path: string) {
  const paths = Object.entries(record(record(description)['paths']));
  const [, methods] =
    paths.find(([template]) => {
      const parts = template.split('/').map((part) => (part.startsWith('{') ? '[^/]+' : part));
      return new RegExp(`^${parts.join('/')}$`, 'u').test(path);
    }) ?? [];
  const found = methods === undefined ? undefined : record(methods)[method.toLowerCase()];
  return found === undefined ? undefined : record(found);
}

function failure(): unknown {
  const operation = operationFor('GET', '/v1/boot');
  return record(operation?.['responses'])['default'];
}

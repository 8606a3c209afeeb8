import { bootRoutes } from './api-boot.ts';
import { healthRoutes } from './api-health.ts';
import { nodeRoutes } from './api-nodes.ts';
import { postscriptRoutes } from './api-postscripts.ts';
import { reportRoutes } from './api-reports.ts';
import type { Route } from './api-route.ts';
import { describeApi } from './openapi.ts';

const description: Route = {
  method: 'GET',
  path: '/v1/openapi.json',
  who: 'anybody',
  summary: 'This description',
  answers: { 200: { description: 'OpenAPI 3.1', schema: { type: 'object' } } },
  handle: () => ({ json: document }),
};

/** Every route of the API; what OpenAPI says of them is made of the same. */
export const routes: readonly Route[] = [
  ...bootRoutes,
  ...postscriptRoutes,
  ...reportRoutes,
  ...nodeRoutes,
  ...healthRoutes,
  description,
];

const document = describeApi(routes);

import type { Schema } from '../core/schema.ts';
import { nodeNamePattern } from '../reports/place.ts';
import type { Call, Result, Route } from './api-route.ts';
import { badRequest } from './http-error.ts';

const nodeSchema: Schema = {
  title: 'NodeStatus',
  type: 'object',
  properties: {
    node: { type: 'string' },
    status: { type: 'string', description: 'nodelist.status; missing while there is none' },
    statustime: { type: 'string', description: 'MM-DD-YYYY HH:MM:SS, local time of the daemon' },
  },
  required: ['node'],
};

const administrator = { method: 'GET', who: 'administrator', command: 'nodestat' } as const;

/** How nodes are, for administrators. */
export const nodeRoutes: readonly Route[] = [
  {
    ...administrator,
    path: '/v1/nodes',
    summary: 'Every node and its status',
    answers: {
      200: {
        description: 'In the order of nodelist',
        schema: {
          type: 'object',
          properties: { nodes: { type: 'array', items: nodeSchema } },
          required: ['nodes'],
        },
      },
    },
    handle: all,
  },
  {
    ...administrator,
    path: '/v1/nodes/{node}',
    summary: 'The status of one node',
    parameters: { node: { description: 'A node', pattern: nodeNamePattern } },
    answers: { 200: { description: 'Its status', schema: nodeSchema } },
    handle: one,
  },
];

async function all({ view }: Call): Promise<Result> {
  const nodes = (await view()).nodes();
  return { json: { nodes }, what: `status of ${nodes.length} nodes` };
}

async function one({ view, parameters }: Call): Promise<Result> {
  const { node = '' } = parameters;
  const found = (await view()).nodes().find((each) => each.node === node);
  if (found === undefined) throw badRequest(`there is no node ${node}`, 404);
  return { json: found, what: `status of ${node}` };
}

import { credentialNames } from '../postscripts/credentials.ts';
import type { NodeCall, Result, Route } from './api-route.ts';
import { badRequest, HttpError } from './http-error.ts';
import { refuseDenied } from './refusal.ts';

const digest = {
  description: 'SHA-256 in hex, as /v1/postscripts lists it',
  pattern: '^[0-9a-f]{64}$',
};
const name = {
  description: 'A host key of the node, its public half, or who may log in as root',
  pattern: `^(?:${credentialNames.map((each) => each.replaceAll('.', String.raw`\.`)).join('|')})$`,
};

const plainText = 'text/plain; charset=utf-8';

/** What a node runs once it has booted, and what it needs for that. */
export const postscriptRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/postscript',
    who: 'node',
    summary: 'The environment of the postscripts of the node, and which it runs, as shell text',
    answers: { 200: { description: 'mypostscript, as stock xCAT makes it', text: plainText } },
    handle: mypostscript,
  },
  {
    method: 'GET',
    path: '/v1/postscripts',
    who: 'node',
    summary: 'The files of <installdir>/postscripts, as sha256sum(1) writes them',
    answers: { 200: { description: 'A digest and a path in each line', text: plainText } },
    handle: list,
  },
  {
    method: 'GET',
    path: '/v1/postscripts/{digest}',
    who: 'node',
    summary: 'One of these files, by its digest',
    parameters: { digest },
    answers: { 200: { description: 'Its bytes', text: 'application/octet-stream' } },
    handle: file,
  },
  {
    method: 'GET',
    path: '/v1/credentials/{name}',
    who: 'node',
    summary: 'What ssh needs on the node; only for its root, who asks from a port below 1024',
    parameters: { name },
    answers: { 200: { description: 'The text of the file', text: plainText } },
    handle: credential,
  },
];

async function mypostscript(call: NodeCall): Promise<Result> {
  await check('getpostscript', call);
  const lines = (await call.view()).mypostscript(call.node);
  return {
    text: `${lines.join('\n')}\n`,
    type: plainText,
    what: `mypostscript, ${lines.length} lines`,
  };
}

async function list(call: NodeCall): Promise<Result> {
  await check('getpostscript', call);
  const files = await call.state.scripts.list();
  const text = files.map((each) => `${each.digest}  ${each.path}\n`).join('');
  return { text, type: plainText, what: `list of ${files.length} postscripts` };
}

async function file(call: NodeCall): Promise<Result> {
  await check('getpostscript', call);
  const bytes = await call.state.scripts.read(call.parameters['digest'] ?? '');
  if (bytes === undefined) throw badRequest('no postscript has this digest any more', 404);
  return { bytes, type: 'application/octet-stream', what: `postscript, ${bytes.length} bytes` };
}

/** A port below 1024 proves that it is root who asks: any user of a node could take its host keys. */
async function credential(call: NodeCall): Promise<Result> {
  const { node, parameters, peer, state } = call;
  const { name: wanted = '' } = parameters;
  await check('getcredentials', call);
  if (peer.isPrivileged !== true) {
    throw new HttpError(403, {
      code: 'ERR_STATELITE_DENIED',
      message: `${wanted} is for root, and a request of root comes from a port below 1024`,
      hint: 'ask with curl --local-port 520-660',
    });
  }
  const text = await state.credentials.read(node, wanted);
  if (text === undefined) throw badRequest(`there is no ${wanted} for ${node}`, 404);
  return { text, type: plainText, what: `credential ${wanted}` };
}

async function check(command: string, { view, peer, node, deps }: NodeCall): Promise<void> {
  const { allowed } = (await view()).decide(peer, { command, nodes: [node], args: [] });
  if (!allowed) refuseDenied(deps, command, node);
}

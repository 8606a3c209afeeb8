import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Admission, type AdmissionLimits, createAdmission } from './admission.ts';
import type { Metrics } from './metrics.ts';

/** A status waits 100 ms for the others of its transaction: this is 2,500 of them a second. */
const standard: AdmissionLimits = { atOnce: 256, waiting: 2048, patience: 10_000 };

/** Who watches the daemon must see it most of all when it has too much to do. */
const watching: ReadonlySet<string | undefined> = new Set([
  '/v1/health',
  '/v1/health/live',
  '/v1/health/ready',
  '/metrics',
]);

/** The boot answer, two statuses and the report. */
const fair = 4;

/** Nodes are told to come back within so many seconds, and more the more of them are told. */
const shortest = 1;
const longest = 30;

/**
 * Answers 503 with Retry-After instead of `listener` when more requests wait than memory is for, or
 * one has waited too long. No body is read of a request that waits. While others wait for a
 * connection (`isCrowded`), one ends after as many answers as a booting node asks for.
 */
export function admitRequests(
  listener: RequestListener,
  metrics: Metrics,
  isCrowded: () => boolean,
  limits: AdmissionLimits = standard,
): RequestListener {
  const admission = createAdmission(limits);
  const answers = new WeakMap<Socket, number>();
  const spread = createSpread(admission, limits);
  metrics.gauge('statelite_requests_waiting', admission.waiting);
  return (request, response) => {
    if (watching.has(request.url?.split('?', 1)[0])) {
      listener(request, response);
      return;
    }
    const asked = (answers.get(request.socket) ?? 0) + 1;
    answers.set(request.socket, asked);
    if (asked >= fair && isCrowded()) response.setHeader('Connection', 'close');
    const goAway = admission.enter(
      (leave) => {
        response.once('close', leave);
        listener(request, response);
      },
      () => {
        metrics.count('statelite_requests_shed_total');
        refuse(response, spread());
        request.resume();
      },
    );
    response.once('close', goAway);
  };
}

/**
 * Seconds after which to come back, each time others: so many nodes as were refused within the last
 * second come back over as many seconds as it would take to answer them.
 */
function createSpread({ atWork }: Admission, { atOnce }: AdmissionLimits): () => number {
  let refused = 0;
  let since = -Infinity;
  return () => {
    const now = performance.now();
    if (now - since > 1000) [refused, since] = [0, now];
    refused += 1;
    const over = shortest + (4 * (refused + atWork())) / atOnce;
    return Math.ceil(shortest + Math.random() * Math.min(longest, over));
  };
}

function refuse(response: ServerResponse, seconds: number): void {
  const error = {
    code: 'ERR_STATELITE_OVERLOAD',
    message: 'the management node has too much to do',
    hint: `try again in ${seconds} s`,
  };
  const body = Buffer.from(`${JSON.stringify({ error })}\n`);
  response.writeHead(503, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Retry-After': String(seconds),
    // The body that was not read would be taken for the next request.
    Connection: 'close',
  });
  response.end(body);
}

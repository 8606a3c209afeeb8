import type { RequestListener } from 'node:http';
import { explainError } from '../../agent/errors.ts';
import type { DaemonDeps } from './deps.ts';
import { metricsType, renderMetrics } from './metrics-gauges.ts';
import type { ServerState } from './server-state.ts';

const path = '/metrics';

/**
 * The metrics on the HTTP port, for the addresses of site.metricsfrom: a Prometheus without our CA.
 * For others there is nothing there; every other path goes on to `next`.
 */
export function withMetrics(
  deps: DaemonDeps,
  { isMonitor }: Pick<ServerState, 'isMonitor'>,
  next: RequestListener,
): RequestListener {
  return (request, response) => {
    const asks = request.method === 'GET' && request.url?.split('?', 1).join() === path;
    if (!asks || !isMonitor(request.socket.remoteAddress ?? '')) {
      next(request, response);
      return;
    }
    response.on('error', (error) => deps.log.debug(`metrics: ${error.message}`));
    renderMetrics(deps).then(
      (text) => void response.writeHead(200, { 'Content-Type': metricsType }).end(text),
      (error: unknown) => {
        deps.log.error(`metrics\n${explainError(error).join('\n')}`);
        response.writeHead(500, { 'Content-Length': 0 }).end();
      },
    );
  };
}

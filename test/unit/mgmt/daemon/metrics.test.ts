import { describe, expect, test } from 'vitest';
import { metricTable } from '../../../../mgmt/daemon/metric-table.ts';
import { createMetrics } from '../../../../mgmt/daemon/metrics.ts';
import { parsePrometheus } from '../../../helpers/prometheus.ts';

describe('metrics', () => {
  test('nothing counted is nothing said', () => {
    expect(createMetrics().render()).toBe('\n');
  });

  test('a counter grows, each set of labels by itself', () => {
    const metrics = createMetrics();
    metrics.count('statelite_boots_total', { outcome: 'ok' });
    metrics.count('statelite_boots_total', { outcome: 'ok' });
    metrics.count('statelite_boots_total', { outcome: 'error' });
    metrics.count('statelite_tls_errors_total');
    expect(parsePrometheus(metrics.render())).toEqual({
      statelite_boots_total: {
        type: 'counter',
        samples: {
          'statelite_boots_total{outcome="ok"}': 2,
          'statelite_boots_total{outcome="error"}': 1,
        },
      },
      statelite_tls_errors_total: { type: 'counter', samples: { statelite_tls_errors_total: 1 } },
    });
  });

  test('a histogram counts what took at most so long, in all, and the sum', () => {
    const metrics = createMetrics();
    for (const seconds of [0.001, 0.002, 0.3, 60]) {
      metrics.observe('statelite_request_seconds', seconds, { protocol: 'api', route: '/v1/boot' });
    }
    const { statelite_request_seconds: histogram } = parsePrometheus(metrics.render());
    const at = (le: string) =>
      histogram?.samples[
        `statelite_request_seconds_bucket{protocol="api",route="/v1/boot",le="${le}"}`
      ];
    expect([at('0.001'), at('0.0025'), at('0.25'), at('0.5'), at('10'), at('+Inf')]).toEqual([
      1, 2, 2, 3, 3, 4,
    ]);
    const labels = '{protocol="api",route="/v1/boot"}';
    expect(histogram?.samples[`statelite_request_seconds_sum${labels}`]).toBeCloseTo(60.303);
    expect(histogram?.samples[`statelite_request_seconds_count${labels}`]).toBe(4);
  });

  test('a gauge is read when it is asked for, and left out while it is not known', () => {
    const metrics = createMetrics();
    let open: number | undefined = 3;
    metrics.gauge('statelite_connections', () => open);
    expect(metrics.render()).toContain('\nstatelite_connections 3\n');
    open = undefined;
    expect(metrics.render()).not.toContain('statelite_connections');
  });

  test('a label may hold anything, on its one line', () => {
    const metrics = createMetrics();
    const command = 'a"b\\c\nd\uD800';
    metrics.count('statelite_denied_requests_total', { protocol: 'stock', command });
    expect(metrics.render()).toContain('command="a\\"b\\\\c\\nd\uFFFD"');
    expect(Object.keys(parsePrometheus(metrics.render()))).toHaveLength(1);
  });

  test('words of clients cannot fill the memory: the rest is counted together', () => {
    const metrics = createMetrics();
    for (let word = 0; word < 1000; word++) {
      metrics.count('statelite_denied_requests_total', { protocol: 'api', command: `c${word}` });
    }
    const samples = parsePrometheus(metrics.render())['statelite_denied_requests_total']?.samples;
    expect(Object.keys(samples ?? {})).toHaveLength(201);
    expect(samples?.['statelite_denied_requests_total{protocol="other",command="other"}']).toBe(
      800,
    );
  });
});

test.for(Object.entries(metricTable))('%s is named as Prometheus wants it', ([name, metric]) => {
  expect(name).toMatch(/^(?:statelite|process)_[a-z_]+$/u);
  expect(name.endsWith('_total')).toBe(metric.kind === 'counter');
  expect(metric.help).not.toMatch(/[\n\\]/u);
});

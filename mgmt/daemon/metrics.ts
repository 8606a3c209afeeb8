import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type MetricName,
  metricTable,
} from './metric-table.ts';

export type Labels = Readonly<Record<string, string>>;

/** A value that is read when the metrics are: one number, or one for each set of labels. */
export type Reading = number | readonly { readonly labels: Labels; readonly value: number }[];

/** What the daemon counts of itself; every name is a row of `metric-table.ts`. */
export interface Metrics {
  readonly count: (name: CounterName, labels?: Labels) => void;
  readonly observe: (name: HistogramName, seconds: number, labels?: Labels) => void;
  /** `read` must not throw; undefined is for what is not known now. The last one given counts. */
  readonly gauge: (name: GaugeName | CounterName, read: () => Reading | undefined) => void;
  /** All of it in the text format of Prometheus, version 0.0.4. */
  readonly render: () => string;
}

/** Upper ends of the histograms' buckets in seconds: from an answer of a snapshot to a storm's. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Labels may hold a client's words: what comes after so many sets of them is counted together. */
const maxSeries = 200;
const overflow = 'other';

interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Metrics of one daemon; nothing is shared between two. */
export function createMetrics(): Metrics {
  const counters = new Map<MetricName, Map<string, number>>();
  const histograms = new Map<MetricName, Map<string, Histogram>>();
  const gauges = new Map<MetricName, () => Reading | undefined>();
  return {
    count(name, labels = {}) {
      const series = seriesOf(counters, name);
      const key = keyIn(series, name, labels);
      series.set(key, (series.get(key) ?? 0) + 1);
    },
    observe(name, seconds, labels = {}) {
      const series = seriesOf(histograms, name);
      const key = keyIn(series, name, labels);
      const histogram = series.get(key) ?? { counts: buckets.map(() => 0), sum: 0, count: 0 };
      series.set(key, histogram);
      const bucket = buckets.findIndex((end) => seconds <= end);
      if (bucket !== -1) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
      histogram.sum += seconds;
      histogram.count += 1;
    },
    gauge: (name, read) => void gauges.set(name, read),
    render() {
      const lines: string[] = [];
      for (const name of metricNames) {
        const samples = [
          ...counterLines(name, counters.get(name)),
          ...histogramLines(name, histograms.get(name)),
          ...gaugeLines(name, gauges.get(name)?.()),
        ];
        if (samples.length === 0) continue;
        const { kind, help } = metricTable[name];
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...samples);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.keys forgets the keys' type
const metricNames = Object.keys(metricTable) as MetricName[];

function seriesOf<S>(all: Map<MetricName, Map<string, S>>, name: MetricName): Map<string, S> {
  const series = all.get(name) ?? new Map<string, S>();
  all.set(name, series);
  return series;
}

/** A series is kept under its labels as they are written. */
function keyIn(series: ReadonlyMap<string, unknown>, name: MetricName, labels: Labels): string {
  const key = written(name, labels);
  if (series.has(key) || series.size < maxSeries) return key;
  return written(name, Object.fromEntries(metricTable[name].labels.map((at) => [at, overflow])));
}

function written(name: MetricName, labels: Labels): string {
  return metricTable[name].labels
    .map((label) => `${label}="${escaped(labels[label] ?? '')}"`)
    .join(',');
}

function escaped(value: string): string {
  return value
    .slice(0, 100)
    .toWellFormed()
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);
}

function counterLines(name: MetricName, series: ReadonlyMap<string, number> = new Map()) {
  return [...series].map(([labels, value]) => sample(name, labels, value));
}

function gaugeLines(name: MetricName, reading: Reading | undefined): string[] {
  if (reading === undefined) return [];
  if (typeof reading === 'number') return [sample(name, '', reading)];
  return reading.map(({ labels, value }) => sample(name, written(name, labels), value));
}

/** Buckets count everything up to their end, so they grow. */
function histogramLines(name: MetricName, series: ReadonlyMap<string, Histogram> = new Map()) {
  return [...series].flatMap(([labels, { counts, sum, count }]) => {
    const before = labels === '' ? '' : `${labels},`;
    let below = 0;
    const ends = buckets.map((end, index) => {
      below += counts[index] ?? 0;
      return sample(`${name}_bucket`, `${before}le="${end}"`, below);
    });
    return [
      ...ends,
      sample(`${name}_bucket`, `${before}le="+Inf"`, count),
      sample(`${name}_sum`, labels, sum),
      sample(`${name}_count`, labels, count),
    ];
  });
}

function sample(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`;
}

/** A metric read back: what it is, and its samples by name and labels as they are written. */
interface Parsed {
  readonly type: string;
  readonly samples: Record<string, number>;
}

const sampleLine =
  /^(?<series>(?<name>[a-zA-Z_:][\w:]*)(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)*\})?) (?<value>\S+)$/u;

/** Reads the text format of Prometheus, version 0.0.4. Throws for a line that is not of it. */
export function parsePrometheus(text: string): Record<string, Parsed> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const metrics: Record<string, Parsed> = {};
  let current: Parsed | undefined;
  let name = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (?<of>\S+) (?<type>counter|gauge|histogram)$/u.exec(line)?.groups;
    if (type !== undefined) {
      name = type['of'] ?? '';
      if (metrics[name] !== undefined) throw new Error(`${name} is there twice`);
      current = metrics[name] = { type: type['type'] ?? '', samples: {} };
      continue;
    }
    const { series = '', name: of = '', value } = sampleLine.exec(line)?.groups ?? {};
    if (current === undefined || value === undefined || !of.startsWith(name)) {
      throw new Error(`"${line}" is no sample of ${name}`);
    }
    if (series in current.samples || Number.isNaN(Number(value))) throw new Error(`bad: ${line}`);
    current.samples[series] = Number(value);
  }
  return metrics;
}

/**
 * The text of insserv's .depend.start with a service that starts after all others; as it is if the
 * service is in it. Services are targets of make(1): `TARGETS = a b`, then `b: a`.
 */
export function inOrderOfStart(text: string, service: string): string {
  const targets = targetsOf(text);
  if (targets === undefined || targets.includes(service)) return text;
  const lines = withTargets(text, [...targets, service]);
  return joined([...lines, `${service}: ${targets.join(' ')}`.trimEnd()]);
}

/** The text of insserv's .depend.stop with a service that stops before all others. */
export function inOrderOfStop(text: string, service: string): string {
  const targets = targetsOf(text);
  if (targets === undefined || targets.includes(service)) return text;
  const ruled = new Set<string>();
  const lines = withTargets(text, [service, ...targets]).map((line) => {
    const { target, others = '' } = /^(?<target>[^\s:=]+):(?<others>.*)$/u.exec(line)?.groups ?? {};
    if (target === undefined || !targets.includes(target)) return line;
    ruled.add(target);
    return `${target}: ${service}${others}`;
  });
  const free = targets.filter((target) => !ruled.has(target));
  return joined([...lines, ...free.map((target) => `${target}: ${service}`)]);
}

const targetLine = /^TARGETS\s*=(?<targets>.*)$/mu;

/** Undefined for a text without them: nobody knows then what it means. */
function targetsOf(text: string): string[] | undefined {
  return targetLine
    .exec(text)
    ?.groups?.['targets']?.split(/\s+/u)
    .filter((word) => word !== '');
}

function withTargets(text: string, targets: readonly string[]): string[] {
  const lines = text.replace(targetLine, `TARGETS = ${targets.join(' ')}`).split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

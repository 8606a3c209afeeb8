/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('the median of nothing');
  return (lower + upper) / 2;
}

/** To three significant digits: a measurement has no more. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** How many times `value` is `base`; null if nothing is compared with nothing, as JSON has it. */
export function ratio(value: number, base: number): number | null {
  return base === 0 ? null : rounded(value / base);
}

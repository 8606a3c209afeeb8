import { escapeText } from './elements.ts';

/** The elements of a response by their names; each value of a name is an element of its own. */
export interface StockFields {
  readonly [name: string]: readonly (string | StockFields)[];
}

/**
 * One `<xcatresponse>` in the stock daemon's layout: elements sorted by name, two blanks a level.
 * Characters beyond ASCII stay what they are (mgmt QUIRK-72).
 */
export function renderStockResponse(fields: StockFields): string {
  return element('xcatresponse', fields, '');
}

function element(name: string, value: string | StockFields, indent: string): string {
  if (typeof value === 'string') return `${indent}<${name}>${escapeText(value)}</${name}>\n`;
  const inner = Object.keys(value)
    .toSorted()
    .flatMap((child) => value[child]?.map((each) => element(child, each, `${indent}  `)) ?? []);
  return `${indent}<${name}>\n${inner.join('')}${indent}</${name}>\n`;
}

import { describe, expect, test } from 'vitest';
import { linkParts } from '../../../../mgmt/bootfiles/place-links.ts';

/** Links of this text. */
function links(text: string, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const path = `${text}-${index}`;
    return { path, text, beside: `.${path}.new` };
  });
}

describe('links that are to be made', () => {
  test('are put together by what they say, in the order that they came', () => {
    const [first, second, third] = [links('n1', 2), links('n2', 1), links('n3', 2)];
    expect(linkParts([...first, ...second, ...third])).toEqual([first, second, third]);
  });

  test('are no more at once than a file may have names, and others may wait for', () => {
    const many = links('grub2.x86_64', 150);
    const parts = linkParts(many);
    expect(parts.map(({ length }) => length)).toEqual([64, 64, 22]);
    expect(parts.flat()).toEqual(many);
  });

  test('may be none', () => {
    expect(linkParts([])).toEqual([]);
  });
});

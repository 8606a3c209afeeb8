import { foldNames } from '../core/fold-names.ts';
import type { SettableNode } from './plan.ts';

/** What firmware of an architecture starts, in the order that stock names it. */
const fitting: Readonly<Record<string, readonly string[]>> = {
  x86_64: ['xnba', 'pxe', 'grub2'],
  // Stock has xnba too; no distribution has an iPXE for it, and nodes would find no script.
  aarch64: ['grub2'],
  ppc64: ['grub2', 'yaboot'],
  ppc64le: ['grub2', 'petitboot'],
};

/**
 * Warnings, in stock's words, of nodes whose loader firmware of their image's architecture hardly
 * starts. Stock looks at the first node only, and for a part of the name (reference 5.1).
 */
export function unfitLoaders(
  nodes: Iterable<Pick<SettableNode, 'node' | 'loader' | 'state'>>,
): string[] {
  const unfit = [...nodes].flatMap(({ node, loader, state }) => {
    if (typeof state === 'string') return [];
    const fit = fitting[state.arch];
    if (fit === undefined || fit.some((name) => loader.split('-')[0] === name)) return [];
    return [{ node, text: textOf(loader, state.image, fit) }];
  });
  return [...Map.groupBy(unfit, ({ text }) => text)].map(
    ([text, same]) => `${namesOf(same.map(({ node }) => node))}: ${text}`,
  );
}

/** Stock names every one; of many nobody reads them. */
function namesOf(nodes: readonly string[]): string {
  return nodes.length > 10 ? foldNames(nodes) : nodes.join(',');
}

function textOf(loader: string, image: string, fit: readonly string[]): string {
  return (
    `${loader} might be invalid when provisioning ${image},valid options: "${fit.join(',')}". \n` +
    `For more details see the 'netboot' description in the output of "tabdump -d noderes".`
  );
}

/**
 * Writes the generated parts of a page anew: what stands between `<!-- generated: NAME -->` and
 * `<!-- /generated -->`. The rest is written by hand and stays as it is.
 */
export function fillBlocks(page: string, render: (name: string) => string): string {
  return page.replace(block, (_whole, name: string) => blockText(name, render(name)));
}

/** The names of the generated parts of a page, in order. */
export function blockNames(page: string): string[] {
  return [...page.matchAll(block)].map(([, name = '']) => name);
}

/** A page that has nothing but one generated part yet. */
export function newPage(title: string, name: string): string {
  return `# ${title}\n\n${blockText(name, '')}\n`;
}

const block = /<!-- generated: ([^>\n]*?) -->.*?<!-- \/generated -->/gsu;

function blockText(name: string, content: string): string {
  return `<!-- generated: ${name} -->\n\n${content}\n\n<!-- /generated -->`;
}

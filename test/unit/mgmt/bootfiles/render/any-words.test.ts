import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addedWords } from '../../../../../mgmt/bootfiles/added-words.ts';
import type { BootEntry } from '../../../../../mgmt/bootfiles/render/entry.ts';
import { renderGrub2 } from '../../../../../mgmt/bootfiles/render/grub2.ts';
import { renderIpxe } from '../../../../../mgmt/bootfiles/render/ipxe.ts';
import { renderPetitboot } from '../../../../../mgmt/bootfiles/render/petitboot.ts';
import { renderPxelinux } from '../../../../../mgmt/bootfiles/render/pxelinux.ts';
import { renderYaboot } from '../../../../../mgmt/bootfiles/render/yaboot.ts';
import { attempt } from '../../../../helpers/arbitrary.ts';
import { hostileNames } from '../../../../helpers/hostile.ts';

/** How each loader reads its file: the kernel command line that it makes of it. */
const loaders: Record<
  string,
  { render: (entry: BootEntry) => string; read: (file: string) => string }
> = {
  pxelinux: { render: renderPxelinux, read: (file) => line(/^ APPEND (.*)$/mu, file) },
  iPXE: { render: renderIpxe, read: (file) => readIpxe(line(/^imgargs kernel (.*)$/mu, file)) },
  GRUB: {
    render: (entry) => renderGrub2(entry, 'tftp'),
    read: (file) => readGrub(line(/^ {4}linux \S+ (.*)$/mu, file)),
  },
  yaboot: { render: renderYaboot, read: (file) => line(/^\tappend="([^"\\]*)"$/mu, file) },
  // Quotes and blanks at both ends are taken off.
  petitboot: {
    render: renderPetitboot,
    read: (file) => line(/^\tappend (.*)$/mu, file).replace(/^["' ]+|["' ]+$/gu, ''),
  },
};

function line(pattern: RegExp, file: string): string {
  const found = pattern.exec(file)?.[1];
  if (found === undefined) throw new Error(`no line ${String(pattern)} in ${file}`);
  return found;
}

/** iPXE: tokens between blanks; some end the command, `#` the line, and `${` is a variable. */
function readIpxe(text: string): string {
  const tokens = text.split(/\s+/u);
  const end = tokens.findIndex((token) => /^(?:#.*|\|\||&&|;)$/u.test(token));
  const own = end === -1 ? tokens : tokens.slice(0, end);
  return own.join(' ').replaceAll(/\$\{[^}]*\}/gu, 'VALUE');
}

/** GRUB: single quotes, variables, and characters of its shell; a word with blanks gets quotes. */
function readGrub(text: string): string {
  const words = text.match(/(?:'[^']*'|[^' ])+/gu) ?? [];
  return words
    .map((written) => {
      const bare = written.replaceAll(/'[^']*'/gu, '').replace('$net_default_mac', 'VALUE');
      if (/[^\w=:,./@%+~-]/u.test(bare)) throw new Error(`GRUB reads ${bare} in its own way`);
      const word = written.replace('$net_default_mac', 'VALUE').replaceAll("'", '');
      return word.includes(' ') ? `"${word}"` : word;
    })
    .join(' ');
}

/** The kernel, and the agent: blanks separate words but within double quotes. */
function kernelWords(text: string): string[] {
  return (text.match(/(?:[^ "]|"[^"]*")+/gu) ?? []).map((word) => word.replaceAll('"', ''));
}

const entry = (kernelArguments: readonly string[]): BootEntry => ({
  state: 'statelite debian12-x86_64-compute',
  image: 'compute',
  arch: 'x86_64',
  kernelArguments,
  server: '10.99.0.1',
  httpPort: 80,
});

const anyPiece = fc.oneof(
  fc.constantFrom(...hostileNames),
  fc.constantFrom(
    'quiet',
    'x=y',
    '"a b"',
    'x="a b"',
    '"  "',
    'x="a',
    '"',
    '||',
    '&&',
    '${x}',
    '#',
    "'",
  ),
  fc.string({ maxLength: 6, unit: 'grapheme' }),
);
const anyColumn = fc.array(anyPiece, { maxLength: 4 }).map((pieces) => pieces.join(' '));

test.for(Object.entries(loaders))(
  '%s hands on the words of addkcmdline as they are written, or they are refused',
  ([, { render, read }]) => {
    let refused = 0;
    fc.assert(
      fc.property(anyColumn, (text) => {
        const words = attempt(() => addedWords({ text, from: 'bootparams: addkcmdline' }));
        const file = words && attempt(() => render(entry(['NODE=n1', ...words])));
        if (file === undefined) refused += 1;
        fc.pre(words !== undefined && file !== undefined);
        const [without, found] = [render(entry(['NODE=n1'])), file].map((of) =>
          kernelWords(read(of)),
        );
        const at = (without?.indexOf('NODE=n1') ?? 0) + 1;
        const expected = without?.toSpliced(at, 0, ...words.flatMap(kernelWords));
        expect(found).toEqual(expected);
      }),
    );
    expect(refused).toBeGreaterThan(0);
  },
);

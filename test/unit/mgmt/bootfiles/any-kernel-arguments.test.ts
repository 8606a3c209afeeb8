import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCmdline } from '../../../../agent/protocol/cmdline.ts';
import { kernelArguments } from '../../../../mgmt/bootfiles/kernel-arguments.ts';
import { attempt } from '../../../helpers/arbitrary.ts';
import { hostileNames } from '../../../helpers/hostile.ts';
import { plain, value } from './kernel-values.ts';

/** Names that fit into a word; a comma ends the directory of NFSROOT. */
const anyName = fc.constantFrom(...hostileNames.filter((name) => !/[\s",:\p{Cc}]/u.test(name)));
const anyDirectory = fc
  .array(anyName, { minLength: 1, maxLength: 3 })
  .map((names) => `/${names.join('/')}`);
const anyServer = fc.constantFrom('10.99.0.1', 'fd00::1');
const anyOptions = fc.constantFrom<string[]>([], ['soft'], ['vers=4.1', 'timeo=30']);

const anyValues = fc.record({
  os: fc.constantFrom('debian12', 'rhels9', 'sles15'),
  server: anyServer,
  image: anyDirectory,
  state: anyDirectory,
  rootOptions: anyOptions,
  mntopts: anyOptions,
  netdev: fc.constantFrom('', 'eth0', 'enp1s0f0'),
  added: fc.constantFrom<string[]>(
    [],
    ['shell'],
    ['debug', 'statelite.onfail=reboot'],
    ['quiet', 'x=y'],
  ),
});

const bracketed = (server: string) => (server.includes(':') ? `[${server}]` : server);

test('5.1 the node reads from its command line what nodeset put there', () => {
  fc.assert(
    fc.property(anyValues, (given) => {
      const { os, server, image, state, rootOptions, mntopts, netdev, added } = given;
      const place = `${bracketed(server)}:${state}`;
      const args = attempt(() =>
        kernelArguments({
          ...plain,
          os,
          imageServer: value(server),
          imageDirectory: value(image),
          nfsrootopts: value(rootOptions.join(',')),
          statemnt: value(place),
          mntopts: value(mntopts.join(',')),
          master: value(server),
          installnic: value(netdev),
          added: [value(added.join(' '))],
        }),
      );
      fc.pre(args !== undefined);
      const words = args.map((word) => `${word} `).join('');
      expect(parseCmdline(`BOOT_IMAGE=/kernel ${words}`)).toMatchObject({
        node: 'n1',
        root: { server: bracketed(server), directory: `${image}/rootimg` },
        statemnt: { server: bracketed(server), directory: state },
        mntopts,
        xcat: { host: server, port: 3001 },
        statusPort: 3002,
        netdev: netdev === '' ? undefined : netdev,
        shell: added.includes('shell'),
        debug: added.includes('debug'),
        onfail: added.includes('statelite.onfail=reboot') ? 'reboot' : 'shell',
      });
      const { root } = parseCmdline(words);
      const options = 'url' in root ? [root.url] : root.options;
      expect(options.filter((option) => option !== 'ro')).toEqual(rootOptions);
    }),
  );
});

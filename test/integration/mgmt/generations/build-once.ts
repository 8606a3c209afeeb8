import { explainError } from '../../../../agent/errors.ts';
import { build } from './image-home.ts';

/** `node build-once.ts ROOTIMGDIR [MEGABYTES]`: builds one generation in a process of its own. */
const [rootimgdir = '', megabytes = '0'] = process.argv.slice(2);
try {
  const { number } = await build(rootimgdir, {
    'etc/motd': 'built',
    'usr/lib/large': 'x'.repeat(Number(megabytes) * 1024 * 1024),
  });
  process.stdout.write(`generation ${number}\n`);
} catch (error) {
  process.stdout.write(`${explainError(error).join('\n')}\n`);
}

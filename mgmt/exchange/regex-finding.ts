import { hasCode } from '../../agent/errors.ts';
import type { Finding } from './finding.ts';

/**
 * Looks at a node; a regex value that cannot take its name is a finding, too: here it is refused,
 * on stock xCAT it is blank as a rule.
 */
export function orRegexFinding<T>(node: string, look: () => T): T | Finding {
  try {
    return look();
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_ROW')) throw error;
    const [value = error.message] = error.message.split(` for ${node}: `);
    return {
      subject: value,
      here: `refused (${error.message.slice(value.length).replace(/^ for /u, '')})`,
      stock: 'blank, as a rule',
      reasons: [
        {
          quirk: 'mgmt QUIRK-13',
          says: 'xCAT keeps text that the regex does not match, and cannot calculate with it',
        },
      ],
    };
  }
}

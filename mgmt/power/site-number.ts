import { StateliteError } from '../../agent/errors.ts';
import type { Site } from '../core/site.ts';

/** What stock has without a row. */
const usual = {
  ipmimaxp: 64,
  powerinterval: 0,
  ipmiretries: 3,
  ipmitimeout: 2,
} as const;

/** What is at least so much; a fraction of a controller, or of a try, is nothing. */
const whole: Readonly<Record<string, number>> = { ipmimaxp: 1, ipmiretries: 1, ipmitimeout: 1 };

/** A number of the site table for the hardware. Throws ERR_STATELITE_TABLE for what is none. */
export function siteNumber({ get }: Pick<Site, 'get'>, key: keyof typeof usual): number {
  const value = get(key) ?? String(usual[key]);
  const number = Number(value);
  const least = whole[key];
  const isFit = least === undefined || (Number.isInteger(number) && number >= least);
  if (/^\d+(?:\.\d+)?$/u.test(value) && number <= 86_400 && isFit) return number;
  throw new StateliteError('ERR_STATELITE_TABLE', `site row key=${key}: ${value} cannot be used`, {
    hint: `write a number: chtab key=${key} site.value=${usual[key]}`,
  });
}

import { hasControl, refuseValue, type Sourced } from './sourced.ts';

/**
 * The words of a column addkcmdline: blanks separate them but within double quotes, as in the kernel.
 * `R::word` is for installed systems only. ERR_STATELITE_BOOTFILE for a quote without its end, which
 * would take the boot loader's own words in, and for what a statelite node must not have.
 */
export function addedWords(value: Sourced): string[] {
  const { text } = value;
  if (hasControl(text)) refuseValue(value, 'holds a control character');
  if (/[^\S ]/u.test(text))
    refuseValue(value, 'holds a blank of another kind, which separates nothing');
  if (text.split('"').length % 2 === 0) refuseValue(value, 'has a quote without its end');
  const words = (text.match(/(?:[^ "]|"[^"]*")+/gu) ?? []).filter(
    (item) => !item.startsWith('R::'),
  );
  // A bare `rw` makes dracut mount the shared root writable.
  if (words.some((item) => item.replaceAll('"', '') === 'rw')) {
    refuseValue(value, 'cannot contain rw', 'the root of a statelite node is always read-only'); // QUIRK-26
  }
  const macro = words.find((item) => /#(NODEATTRIB|TABLE):/.test(item));
  if (macro === undefined) return words;
  refuseValue(value, `holds the macro ${macro}`, 'write the value, for the node or for its group');
}

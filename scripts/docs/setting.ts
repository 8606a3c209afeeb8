import { settingTable, variableOf } from '../../mgmt/config.ts';
import { code, item, plain } from './markdown.ts';

/** Every setting, its three spellings and its default. */
export function renderSettings(): string {
  return Object.entries(settingTable)
    .map(([name, { doc, initial }]) => {
      const usual = initial('<directory of the program>');
      const spellings = `Option ${code(`--${name}`)}, variable ${code(variableOf(name))}.`;
      const otherwise = usual === undefined ? '' : ` Default: ${code(usual)}.`;
      return item(code(name), `${plain(doc)}. ${spellings}${otherwise}`);
    })
    .join('\n');
}

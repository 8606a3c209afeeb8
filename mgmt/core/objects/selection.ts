import { StateliteError } from '../../../agent/errors.ts';
import { parseTest } from '../node-condition.ts';
import type { Definition } from './definition.ts';
import { attributeNamed, type ObjectType } from './types.ts';

/** `attr==value` of `-w`. */
export interface Selection {
  readonly attribute: string;
  /** As it was written: a dynamic group keeps it. */
  readonly text: string;
  readonly holds: (value: string | undefined) => boolean;
}

/**
 * Reads `attr==value`, `!=`, `=~` and `!~`; a regex may be written as `/re/`. Throws
 * ERR_STATELITE_USAGE if it is no condition.
 */
export function parseSelection(text: string): Selection {
  const { attribute, test = '' } =
    /^(?<attribute>\w[\w.-]*)(?<test>(?:==|!=|=~|!~).*)$/su.exec(text)?.groups ?? {};
  const holds = attribute === undefined ? undefined : parseTest(test);
  if (attribute === undefined || holds === undefined) {
    throw new StateliteError('ERR_STATELITE_USAGE', `${JSON.stringify(text)} is no condition`, {
      hint: 'write attr==value, attr!=value, attr=~regex or attr!~regex',
    });
  }
  return { attribute, text, holds };
}

/** Throws for the first attribute that the type has not. */
export function checkSelections(type: ObjectType, selections: readonly Selection[]): void {
  for (const { attribute } of selections) attributeNamed(type, attribute);
}

/** Whether all conditions hold for an object. */
export function isSelected({ attributes }: Definition, selections: readonly Selection[]): boolean {
  return selections.every(({ attribute, holds }) => holds(attributes.get(attribute)?.value));
}

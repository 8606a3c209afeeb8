import { type Definition, definitionOf, isDefined, type Objects } from './definition.ts';
import { objectTypes } from './types.ts';

/**
 * A node with the attributes of the osimage that its provmethod names; its own stand over those of
 * the same name. One without such an image stays as it is.
 */
export function withImageAttributes(node: Definition, objects: Objects): Definition {
  const image = node.attributes.get('provmethod')?.value;
  const { osimage } = objectTypes;
  if (image === undefined || !isDefined(osimage, image, objects)) return node;
  const more = [...definitionOf(osimage, image, objects).attributes].map(
    ([name, shown]) => [name, { ...shown, from: `osimage ${image}` }] as const,
  );
  const all = [...new Map([...more, ...node.attributes])];
  return { ...node, attributes: new Map(all.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

/** What is wrong with a value, and what to write in its place. */
interface Wrong {
  readonly problem: string;
  readonly hint: string;
}

/**
 * The options of a root's NFS mount that osimage.nfsrootopts holds, without `ro`, which is there in
 * any case; or the rule of stock that they break (reference 1.4).
 */
export function parseRootOptions(text: string): readonly string[] | Wrong {
  if (text === '') return [];
  const words = text.split(',');
  if (/\s/u.test(text) || words.includes('')) {
    return {
      problem: `${JSON.stringify(text)} has a blank or an empty option`,
      hint: 'write a comma list: noac,timeo=600',
    };
  }
  const wrong = words.find((word) => /^(?:rw|defaults)$/iu.test(word));
  if (wrong === undefined) return words.filter((word) => word.toLowerCase() !== 'ro');
  return {
    problem: `cannot contain '${wrong}'; statelite NFS roots are always read-only`,
    hint: 'litefile says which paths are writable',
  };
}

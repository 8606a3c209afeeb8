/** Turns the package managers' output, line by line, into words on how far it is; undefined: nothing new. */
export function packageProgress(): (line: string) => string | undefined {
  let expected = 0;
  let set = 0;
  return (line) => {
    const announced = /^\d+ upgraded, (\d+) newly installed/.exec(line)?.[1];
    if (announced !== undefined) expected += Number(announced);
    const fetched = /^Get:\d+ \S+ \S+ \S+ (\S+)/.exec(line)?.[1];
    if (fetched !== undefined) return `download ${fetched}`;
    const unpacked = /^Unpacking (\S+)/.exec(line)?.[1];
    if (unpacked !== undefined) return `unpack ${unpacked} (${set} of ${expected} set up)`;
    const ready = /^Setting up (\S+)/.exec(line)?.[1];
    if (ready === undefined) return rpmProgress(line);
    set += 1;
    return `set up ${ready} (${set} of ${expected})`;
  };
}

/** dnf: `  Installing : name  3/120`; zypper: `(3/120) Installing: name`. */
function rpmProgress(line: string): string | undefined {
  const [, dnfVerb, dnfName, dnfAt] =
    /^ {2}(Installing|Upgrading|Running scriptlet|Erasing|Cleanup) *: (\S+) +(\d+\/\d+)/.exec(
      line,
    ) ?? [];
  const [, at = dnfAt, verb = dnfVerb, name = dnfName] =
    /^\((\d+\/\d+)\) (Installing|Removing): (\S+)/.exec(line) ?? [];
  if (at === undefined || verb === undefined || name === undefined) return undefined;
  return `${verb.toLowerCase()} ${name} (${at.replace('/', ' of ')})`;
}

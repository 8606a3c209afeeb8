/**
 * Whether dnsmasq takes it as the name of a machine or a domain. It refuses its whole configuration
 * for a label of more than 63 letters (RFC 1035), and Linux gives machines names of 64.
 */
export function isHostName(name: string): boolean {
  return (
    name.length <= 253 && /^[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63})*$/u.test(name)
  );
}

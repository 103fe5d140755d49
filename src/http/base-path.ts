/** First parts of our own addresses: a base that begins with one of them is told from them by nobody. */
const OWN = new Set(['api', 'docs', 'in', 'ping', 'setup']);

/**
 * Takes the path of ALLSWELL_URL off an address, for proxies that leave it on; those that take it off themselves work as
 * well. Answers the address as it is where there is no such path, or one that cannot be told from ours.
 */
export function createBaseStripper(publicUrl: string): (address: string) => string {
  const base = new URL(publicUrl).pathname.replace(/\/+$/, '');
  if (base === '' || OWN.has(base.split('/')[1] ?? '')) return (address) => address;
  return (address) => {
    if (!address.startsWith(base)) return address;
    const rest = address.slice(base.length);
    if (rest === '') return '/';
    if (rest.startsWith('?')) return `/${rest}`;
    return rest.startsWith('/') ? rest : address;
  };
}

/**
 * Which addresses of the net belong to everybody, and a look-up that lets a connection go to no others.
 *
 * The look-up is handed to whatever opens the connection, so what was looked at is what is connected to: a name that
 * changes its address in between leads nowhere else. A number in place of a name is not looked up: check it before.
 */
import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

/** This machine, private and link-local nets, and what is set apart for other uses. */
const closed = {
  ipv4: netsOf('ipv4', [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ]),
  ipv6: netsOf('ipv6', [
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
  ]),
};
const openIpv6 = netsOf('ipv6', [['2000::', 3]]);

function netsOf(family: 'ipv4' | 'ipv6', nets: readonly (readonly [net: string, bits: number])[]): BlockList {
  const list = new BlockList();
  for (const [net, bits] of nets) list.addSubnet(net, bits, family);
  return list;
}

/** True for an address of the open net: of IPv6 that is 2000::/3 alone, so no form of an IPv4 address gets through. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return !closed[family].check(address, family) && (family === 'ipv4' || openIpv6.check(address, family));
}

/** Answers only when every address of the name is allowed: a connection may try any of them. */
export function createCheckedLookup(
  isAllowed: (address: string) => boolean,
  refuse: (name: string, address: string | undefined) => Error,
  ask: typeof lookup = lookup,
): LookupFunction {
  return (name, options, answer) => {
    ask(name, { ...options, all: true }, (error, found) => {
      // After an error there is no list, whatever its type says.
      const refused = error === null ? found.find((entry) => !isAllowed(entry.address)) : undefined;
      if (error !== null) answer(error, []);
      else if (found.length === 0 || refused !== undefined) answer(refuse(name, refused?.address), []);
      else if (options.all === true) answer(null, found);
      else answer(null, found[0]?.address ?? '', found[0]?.family);
    });
  };
}

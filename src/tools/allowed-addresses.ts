/**
 * Which addresses a connection to a tool server may be made to.
 *
 * Public ones always. Addresses of this machine and of private nets only where the operator names them: as the host
 * of the server's URL, by `localhost`, or under `allowAddresses` in its entry of `mcp.json`. A name alone vouches for
 * nothing, since whoever keeps its records decides where it leads. Link-local addresses, where clouds keep the
 * credentials of the machine, are never allowed.
 */
import { BlockList, isIP } from 'node:net';
import { AppError } from '../core/errors.ts';
import { isPublicAddress } from '../core/public-address.ts';

/** A connection was not made, because of where it would have led. No byte has left. */
export class AddressRefused extends AppError {
  constructor(message: string) {
    super('tool-server.unreachable', message);
  }
}

/** The refusal that a failure came from, if it came from one. */
export function findRefusal(error: unknown): AddressRefused | undefined {
  if (error instanceof AddressRefused) return error;
  return error instanceof Error && error.cause !== undefined ? findRefusal(error.cause) : undefined;
}

interface AllowedAddresses {
  has(address: string): boolean;
}

const never = netsOf(['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/128', 'fe80::/10', 'ff00::/8']);
/** Where clouds outside the link-local nets answer with the machine's credentials. */
const metadata: ReadonlySet<string> = new Set(['100.100.100.200', 'fd00:ec2::254']);

/** Takes the URL of the server and nets that `parseNet` has accepted. */
export function createAllowedAddresses(url: URL, nets: readonly string[]): AllowedAddresses {
  const host = hostOf(url);
  const own = isIP(host) === 0 ? [] : [host];
  const here = host === 'localhost' || host.endsWith('.localhost') ? ['127.0.0.1', '::1'] : [];
  const named = netsOf([...nets, ...own, ...here]);
  return { has: (address) => isAllowed(address, named) };
}

function isAllowed(address: string, named: BlockList): boolean {
  if (isPublicAddress(address)) return true;
  return isIP(address) !== 0 && !isNever(address) && named.check(address, familyOf(address));
}

function isNever(address: string): boolean {
  return metadata.has(address) || never.check(address, familyOf(address));
}

/** The host as an address or name, without the brackets that a URL puts around IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/gu, '');
}

/** What an operator wrote as an address or net: undefined when it is usable, else what is wrong with it. */
export function findNetMistake(text: string): string | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const isNet = bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= most && Number(bits) > 0);
  if (version === 0 || rest.length > 0 || !isNet) return 'is no address and no net';
  return isNever(address) ? 'is an address that no tool server is reached at' : undefined;
}

function netsOf(nets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const net of nets) {
    const [address = '', bits] = net.split('/');
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

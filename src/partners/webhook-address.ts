import ipaddr from 'ipaddr.js';

/** Which receivers a stage accepts. */
export interface AddressRules {
	/** Whether `http` and loopback addresses are allowed too, as on a laptop. */
	readonly allowLoopback: boolean;
}

/** The global unicast addresses of IPv6. Outside of it are forms that contain an IPv4 address. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether a request may be sent to an address: a public unicast one. Private, loopback, link-local (with the metadata
 * services of clouds), multicast, shared, reserved and documentation addresses are refused, in their mapped forms too.
 */
export function isAllowedAddress(address: string, { allowLoopback }: AddressRules): boolean {
	if (!ipaddr.isValid(address)) return false;
	const parsed = ipaddr.process(address);
	const range = parsed.range();
	if (range === 'loopback') return allowLoopback;
	if (range !== 'unicast') return false;
	return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}

/** The maximum length of a URL. */
export const MAX_URL_LENGTH = 2048;

/** Returns why a URL cannot be a receiver, or `undefined` if it can. A host name is not resolved. */
export function findUrlFault(text: string, rules: AddressRules): string | undefined {
	if (text.length > MAX_URL_LENGTH) return `The URL exceeds ${MAX_URL_LENGTH} characters.`;
	const url = URL.parse(text);
	if (url === null) return 'The URL is invalid.';
	const isHttp = url.protocol === 'http:' && rules.allowLoopback;
	if (url.protocol !== 'https:' && !isHttp) return 'The URL must begin with https://.';
	if (url.username !== '' || url.password !== '') return 'The URL must not contain credentials.';
	const host = hostOf(url);
	if (ipaddr.isValid(host) && !isAllowedAddress(host, rules)) return 'The address of the URL is not allowed.';
	return undefined;
}

/** Returns the host of a URL; IPv6 addresses without their brackets. */
export function hostOf({ hostname }: URL): string {
	return hostname.replace(/^\[|\]$/g, '');
}

/** An address of a host name. */
export interface ResolvedAddress {
	readonly address: string;
	readonly family: number;
}

/** Resolves a host name to all its addresses. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** Whether every address of a host is allowed. A name that does not resolve has none. */
export function areAllowed(addresses: readonly ResolvedAddress[], rules: AddressRules): boolean {
	return addresses.every(({ address }) => isAllowedAddress(address, rules));
}

import { octets } from "../bytes/octets.ts";

/** `pchar` of RFC 3986 without its escapes, and `/`. */
const path = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/";

/**
 * What may stand in a path beside escapes. RFC 3986, and the four characters outside of it that clients after the URL
 * standard of the WHATWG send as they are: `[`, `]`, `|`, `^`. Never `\`, which some servers take for `/`, nor `#`.
 */
export const pathOctets: Uint8Array = octets(`${path}[]|^`);

/**
 * What may stand in a query: all ASCII that prints, but `#`. Browsers send `[ ] \ ^ { | } \`` and a bare `%` as they are, curl
 * and what is built on Go's net/url also `"`, `<` and `>`; nothing is told from a query but its parameters.
 */
export const queryOctets: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet > 32 && octet < 127 && octet !== 35 ? 1 : 0,
);

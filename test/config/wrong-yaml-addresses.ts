/** YAML configs with wrong addresses and endpoints, with everything that is said about them. */
import { WEB, address, endpoints, listener } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is called `g.yaml`. */
export const wrongYamlAddresses: readonly WrongConfig[] = [
  {
    name: "an unknown protocol",
    text: listener('address: ":80", upstream: app, protocol: udp'),
    errors: ['g.yaml:2:51: "protocol" is the text "udp"; expected tcp, http or auto'],
  },
  {
    name: "an unknown upstream, misspelt",
    text: listener('address: ":80", upstream: ap'),
    errors: ['g.yaml:2:36: Unknown upstream "ap"; expected app; did you mean "app"?'],
  },
  {
    name: "an unknown upstream",
    text: listener('address: ":80", upstream: database'),
    errors: ['g.yaml:2:36: Unknown upstream "database"; expected app'],
  },
  {
    name: "an address without a port",
    text: address("127.0.0.1"),
    errors: [
      'g.yaml:2:19: Address "127.0.0.1" has no port; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write "127.0.0.1:PORT"',
    ],
  },
  {
    name: "an address that is a number",
    text: listener("address: 8080, upstream: app"),
    errors: ['g.yaml:2:19: "address" is the number 8080; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH'],
  },
  {
    name: "an address that is only a port",
    text: address("8080"),
    errors: [
      'g.yaml:2:19: Address "8080" is only a port; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write ":8080"',
    ],
  },
  {
    name: "an address with a scheme",
    text: address("http://127.0.0.1:80/"),
    errors: [
      'g.yaml:2:19: Address "http://127.0.0.1:80/" has the scheme "http://"; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write "127.0.0.1:80"',
    ],
  },
  {
    name: "an address with a path",
    text: address("localhost:80/web"),
    errors: [
      'g.yaml:2:19: Address "localhost:80/web" has a path in it; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write "localhost:80"',
    ],
  },
  {
    name: "an address that is a path",
    text: address("/run/web.sock"),
    errors: [
      'g.yaml:2:19: Address "/run/web.sock" is a path; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; for a unix socket write "unix:/run/web.sock"',
    ],
  },
  {
    name: "IPv6 without brackets",
    text: address("::1:80"),
    errors: ['g.yaml:2:19: Address "::1:80" has more than one colon; expected [IPV6]:PORT; write "[::1]:80"'],
  },
  {
    name: "IPv6 without brackets and port",
    text: address("fd00::1:2:3:4:5:6"),
    errors: [
      'g.yaml:2:19: Address "fd00::1:2:3:4:5:6" has more than one colon; expected [IPV6]:PORT; write "[fd00::1:2:3:4:5]:6"',
    ],
  },
  {
    name: "IPv4 in brackets",
    text: address("[127.0.0.1]:80"),
    errors: [
      'g.yaml:2:19: "127.0.0.1" in brackets is not an IPv6 address; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; brackets are for IPv6 only',
    ],
  },
  {
    name: "an unclosed bracket",
    text: address("[::1:80"),
    errors: ['g.yaml:2:19: Address "[::1:80" has no closing "]"; expected [IPV6]:PORT'],
  },
  {
    name: "an IPv6 zone",
    text: address("[fe80::1%eth0]:80"),
    errors: ['g.yaml:2:19: Address "[fe80::1%eth0]:80" has a zone: "%eth0"; expected an IPv6 address without a zone'],
  },
  {
    name: "a port above 65535",
    text: address("127.0.0.1:65536"),
    errors: ["g.yaml:2:19: Port 65536 is above 65535; expected a port from 0 to 65535"],
  },
  {
    name: "a port that is a word",
    text: address("127.0.0.1:http"),
    errors: ['g.yaml:2:19: Port "http" is not a number; expected a port from 0 to 65535'],
  },
  {
    name: "an octet above 255",
    text: address("127.0.0.256:80"),
    errors: [
      'g.yaml:2:19: IPv4 address "127.0.0.256" has a part above 255: 256; expected an IPv4 address such as 10.0.0.1',
    ],
  },
  {
    name: "an octet with a leading zero",
    text: address("127.0.0.01:80"),
    errors: [
      'g.yaml:2:19: IPv4 address "127.0.0.01" has a part with a leading zero: 01; expected an IPv4 address such as 10.0.0.1; write "127.0.0.1"',
    ],
  },
  {
    name: "three octets",
    text: address("127.0.1:80"),
    errors: ['g.yaml:2:19: IPv4 address "127.0.1" has 3 parts; expected an IPv4 address such as 10.0.0.1'],
  },
  {
    name: "a bad character in a host",
    text: address("web_1!:80"),
    errors: [
      'g.yaml:2:19: Host "web_1!" has the character "!"; expected an IP address or a name of letters, digits, dots and hyphens',
    ],
  },
  {
    name: "a space in an address",
    text: address("127.0.0.1 :80"),
    errors: [
      'g.yaml:2:19: Address "127.0.0.1 :80" has a space in it; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write "127.0.0.1:80"',
    ],
  },
  {
    name: "a relative unix path",
    text: address("unix:web.sock"),
    errors: [
      'g.yaml:2:19: Address "unix:web.sock" has a relative path; expected unix:/PATH, or unix:@NAME for Linux\'s abstract namespace; write the path from the root',
    ],
  },
  {
    name: "a long unix path",
    text: address(`unix:/${"a".repeat(107)}`),
    errors: ["g.yaml:2:19: Unix socket path is 108 bytes long; expected at most 107 bytes; choose a shorter path"],
  },
  {
    name: "an empty address",
    text: address(""),
    errors: ["g.yaml:2:19: Address is empty; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH"],
  },
  {
    name: "a descriptor without a number",
    text: address("fd:"),
    errors: [
      'g.yaml:2:19: Address "fd:" has no number; expected fd:N, with the number of a descriptor that listens, such as fd:3',
    ],
  },
  {
    name: "a descriptor that is a name",
    text: address("fd:web"),
    errors: [
      'g.yaml:2:19: Descriptor "web" is not a plain number; expected fd:N, with the number of a descriptor that listens, such as fd:3; names, as systemd\'s FileDescriptorName, are not known: count from 3',
    ],
  },
  {
    name: "a descriptor with a port",
    text: address("fd:3:80"),
    errors: [
      'g.yaml:2:19: Address "fd:3:80" has a port beside the descriptor; expected fd:N, with the number of a descriptor that listens, such as fd:3; the socket has its port already: write "fd:3"',
    ],
  },
  {
    name: "a descriptor as HAProxy writes it",
    text: address("fd@3"),
    errors: [
      'g.yaml:2:19: Address "fd@3" has "@"; expected fd:N, with the number of a descriptor that listens, such as fd:3; write "fd:3"',
    ],
  },
  {
    name: "standard input as a socket",
    text: address("fd:0"),
    errors: [
      "g.yaml:2:19: Descriptor 0 is standard input, output or error; expected a descriptor from 3 to 1048575; systemd passes sockets from 3 on",
    ],
  },
  {
    name: "ipv6Only with a descriptor",
    text: listener('address: "fd:3", upstream: app, ipv6Only: true'),
    errors: [
      'g.yaml:2:52: "ipv6Only" is true, but "fd:3" is a socket that is bound already; expected an IPv6 address; remove the key',
    ],
  },
  {
    name: "a descriptor as an endpoint",
    text: endpoints('"fd:3"'),
    errors: [
      'g.yaml:5:17: Address "fd:3" is a descriptor, on which only one of "listeners" can accept; expected HOST:PORT, [IPV6]:PORT or unix:/PATH',
    ],
  },
  {
    name: "an endpoint without a host",
    text: endpoints('":80"'),
    errors: [
      'g.yaml:5:17: Address ":80" has no host to connect to; expected HOST:PORT, [IPV6]:PORT or unix:/PATH; write "127.0.0.1:80" for this machine',
    ],
  },
  {
    name: "an endpoint on all interfaces",
    text: endpoints('"0.0.0.0:80"'),
    errors: [
      'g.yaml:5:17: Host "0.0.0.0" means all interfaces, nothing to connect to; expected the address of one machine; write "127.0.0.1:80" for this machine',
    ],
  },
  {
    name: "an endpoint with port 0",
    text: endpoints('"10.0.0.1:0"'),
    errors: ["g.yaml:5:17: Port 0 is only for addresses to listen on; expected a port from 1 to 65535"],
  },
  {
    name: "an endpoint that is a number",
    text: endpoints("80"),
    errors: ['g.yaml:5:17: "endpoints[0]" is the number 80; expected HOST:PORT, [IPV6]:PORT or unix:/PATH'],
  },
  {
    name: "an empty endpoint",
    text: `${WEB}upstreams:\n  app:\n    endpoints:\n      - "10.0.0.1:80"\n      -\n`,
    errors: ['g.yaml:7:8: "endpoints[1]" is empty; expected HOST:PORT, [IPV6]:PORT or unix:/PATH'],
  },
  {
    name: "an endpoint without an address",
    text: endpoints("{ weight: 2 }"),
    errors: [
      'g.yaml:5:17: "address" is missing in upstreams.app.endpoints[0]; expected HOST:PORT, [IPV6]:PORT or unix:/PATH',
    ],
  },
  {
    name: "an endpoint with a host key",
    text: endpoints('{ host: "10.0.0.1:80", weight: 2 }'),
    errors: ['g.yaml:5:19: Unknown key "host" in an endpoint; did you mean "address"?'],
  },
  {
    name: "weights out of bounds",
    text: endpoints(
      '{ address: "10.0.0.1:80", weight: 0 }, { address: "10.0.0.2:80", weight: 257 }, { address: "10.0.0.3:80", weight: 1.5 }, { address: "10.0.0.4:80", weight: "2" }',
    ),
    errors: [
      'g.yaml:5:51: "weight" is 0; expected a whole number from 1 to 256; for no new connections set its state to "draining"',
      'g.yaml:5:90: "weight" is 257; expected a whole number from 1 to 256',
      'g.yaml:5:131: "weight" is 1.5; expected a whole number from 1 to 256',
      'g.yaml:5:172: "weight" is the text "2"; expected a whole number from 1 to 256; write it without quotes',
    ],
  },
  {
    name: "no endpoints",
    text: endpoints(""),
    errors: ['g.yaml:5:16: "endpoints" is empty; expected at least one; write ["HOST:PORT"]'],
  },
  {
    name: "endpoints as text",
    text: `${WEB}upstreams:\n  app:\n    endpoints: "10.0.0.1:80"\n`,
    errors: ['g.yaml:5:16: "endpoints" is the text "10.0.0.1:80"; expected a list; write ["10.0.0.1:80"]'],
  },
  {
    name: "an endpoint twice",
    text: endpoints('"10.0.0.1:80", "[::1]:81", { address: "[0:0::1]:81" }'),
    errors: [
      'g.yaml:5:55: Endpoint "[0:0::1]:81" is already endpoint 2 of this upstream; to send it more connections, raise its weight',
    ],
  },
];

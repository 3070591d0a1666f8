/**
 * What a runtime's sockets can and cannot do, as data. A difference between runtimes is one of these names, never an
 * `if` on the runtime's name: the config check refuses what needs a missing one, tests skip by name, `geryon doctor`
 * prints them all.
 */

/** A thing that not every runtime can do. */
export type CapabilityName = keyof typeof capabilityNames;

/** Each capability with what it means for a user. */
export const capabilityNames = {
  reset: "A connection can be ended with RST, so that the peer sees an abort and not a clean end",
  sourceAddress: "Upstream connections can leave from a chosen local address",
  ipv6Only: "A listener on `::` can refuse IPv4 clients",
  backlog: "The listen backlog can be set",
  keepAliveDelay: "The idle time before TCP keepalive probes can be set",
  acceptErrors: "Out of descriptors, each failed accept is logged and counted",
  connectAbort: "A pending connect can be given up at once, its descriptor freed",
  reusePort: "Several threads or processes can share the connections to one port (SO_REUSEPORT): more than one worker",
  inheritedSockets: "A listener can accept on a socket that the process was started with, such as systemd's",
  leanSockets: "Sockets work without the streams of `node:net`, at less CPU and memory a connection",
} as const;

/** Whether a capability is there, and if not, or not wholly, why. */
export interface Capability {
  readonly supported: boolean;
  /** Why it is missing or limited, in words for the user; empty when there is nothing to say. */
  readonly reason: string;
}

/** All capabilities of one adapter. */
export type Capabilities = Readonly<Record<CapabilityName, Capability>>;

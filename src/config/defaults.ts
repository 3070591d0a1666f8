/** The defaults of everything that has one, written the way a config file writes them. Other code reads them here. */

/** Defaults by kind of map. */
export const defaults = {
  listener: {
    protocol: "tcp",
    idleTimeout: "10m",
    finTimeout: "30s",
    buffer: "64KiB",
    backlog: 4096,
    keepAlive: "60s",
    ipv6Only: false,
  },
  upstream: { policy: "p2c", connectTimeout: "3s", retries: 2 },
  endpoint: { weight: 1 },
  health: { type: "tcp", interval: "5s", timeout: "2s", rise: 2, fall: 3 },
  log: { level: "info", format: "auto", access: true },
  drainTimeout: "30s",
} as const;

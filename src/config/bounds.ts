/** Bounds that many keys share. */
import type { Bounds } from "./leaf.ts";

/** A second, in milliseconds. */
export const second = 1000;

/** An hour, in milliseconds. */
export const hour = 3_600_000;

/** A day, in milliseconds. */
export const day: number = 24 * hour;

/** Any duration but none: 24.8 days is the longest timer that the runtimes have (2^31 - 1 ms). */
export const anyDuration: Bounds = { min: 1, max: 24 * day };

/** How many connections a limit may allow: more than a machine has memory for. */
export const anyConnections: Bounds = { min: 1, max: 10_000_000 };

/** How many threads serve. Other proxies take 0 for "one per core". */
export const anyWorkers: Bounds = { min: 1, max: 256, hint: "for one per core write auto" };

/** How many events in a row make a decision. */
export const anyCount: Bounds = { min: 1, max: 1000 };

/** How long failures are counted together, and what is out stays out: less than a tenth of a second decides nothing. */
export const anyWindow: Bounds = { min: 100, max: day };

/** The priority of an endpoint: more tiers than anybody has. */
export const anyPriority: Bounds = { min: 0, max: 9 };

/** How many endpoints an upstream may have. */
export const maxEndpoints = 10_000;

/** The weight of an endpoint. Other proxies take 0 for "no new connections". */
export const anyWeight: Bounds = { min: 1, max: 256, hint: 'for no new connections set its state to "draining"' };

/** How many routes a config may have. */
export const maxRoutes = 10_000;

/** How large a body may be at most; beyond it a limit is none. */
export const anyBodySize: Bounds = { min: 1, max: 1024 ** 4 };

/** How long a text may be that is part of an own answer: it is kept in each worker. */
export const maxBodyText: number = 64 * 1024;

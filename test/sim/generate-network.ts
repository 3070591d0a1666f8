import type { Dice } from "./dice.ts";
import type { NetworkSettings } from "./sim-network.ts";

/** From a loopback to a slow and shaky line, with kernels of several kinds. */
export function makeNetwork(dice: Dice): NetworkSettings {
  const latency = dice.pick([0, 0.1, 1, 20]);
  const small = dice.chance(0.4);
  return {
    latencyMs: [latency, latency * dice.pick([1, 2])],
    jitterMs: [0, dice.pick([0, 0.5, 5, 30])],
    sendBufferBytes: small ? [2048, 20_000] : [65_536, 262_144],
    receiveBufferBytes: small ? [2048, 20_000] : [65_536, 262_144],
    segmentBytes: dice.pick([
      [1460, 1460],
      [4000, 65_536],
      [65_536, 65_536],
    ]),
    tinySegments: [0, dice.pick([0, 3, 30])],
    readBytes: dice.pick([1000, 16_384, 65_536]),
    timerLatenessMs: dice.pick([0, 1, 15]),
    kernelTimeoutMs: dice.pick([5000, 20_000]),
    keepAliveProbesMs: dice.pick([2000, 10_000]),
    resetOvertakes: dice.pick([0, 0.5]),
    resetDropsUnread: dice.chance(0.5),
    resetHidesWhilePaused: dice.chance(0.5),
    writesWaitATurn: dice.chance(0.4),
    drainFirst: dice.chance(0.5),
  };
}

/** There and back on a slow day. */
export function roundTripOf({ latencyMs, jitterMs, timerLatenessMs }: NetworkSettings): number {
  return 2 * (latencyMs[1] + jitterMs[1]) + timerLatenessMs + 10;
}

/**
 * What one connection costs the limits of its client, by how many clients there are: a connection in, and, so that the
 * state stays as it is, an older one out. `back` are clients that are known, `new` are such that never came before.
 */
import assert from "node:assert/strict";
import { bench, do_not_optimize, group, run, summary } from "mitata";
import { systemClock, systemRandom } from "../../src/adapters/compat/clock.ts";
import { clientKey, type ClientKey } from "../../src/core/limits/client-key.ts";
import { type ClientLimits, ClientTable } from "../../src/core/limits/client-table.ts";
import { SharedMemory } from "../../src/core/memory/shared-memory.ts";

const limits: Readonly<Record<string, ClientLimits>> = {
  connections: { maxConnections: 100 },
  // So fast that nobody is refused.
  rate: { rate: { perSecond: 1e9, burst: 1_000_000 } },
  both: { maxConnections: 100, rate: { perSecond: 1e9, burst: 1_000_000 } },
};

for (const count of [100, 10_000, 500_000]) {
  group(`${count} clients with a connection`, () => {
    summary(() => {
      for (const [name, limit] of Object.entries(limits)) {
        bench(`${name}, back`, prepare(limit, count, true));
        bench(`${name}, new`, prepare(limit, count, false));
      }
    });
  });
}

group("the key of an address", () => {
  for (const host of ["192.0.2.133", "::ffff:192.0.2.133", "2001:db8:1:2:3:4:5:6"]) {
    bench(host, () => do_not_optimize(clientKey({ kind: "tcp", host, port: 1 })));
  }
});

await run({ throw: true });

/** With `count` clients, of whom one leaves and one comes: one of them again, or a new one. */
function prepare(limit: ClientLimits, count: number, comeBack: boolean): () => void {
  const memory = new SharedMemory(4, 0);
  const table = new ClientTable(limit, systemClock, memory, count, systemRandom);
  memory.allocate();
  const running = new Int32Array(count);
  let place = 0;
  let id = 0;
  const key: { -readonly [name in keyof ClientKey]: ClientKey[name] } = { kind: 1, high: 0, low: 0 };
  const connect = (): void => {
    id++;
    key.low = comeBack ? id % (count + 1) : id;
    const entered = table.admit(key);
    assert.ok(typeof entered === "number");
    running[place] = entered;
    place = (place + 1) % count;
  };
  for (let client = 0; client < count; client++) connect();
  return () => {
    table.leave(running[place] ?? 0);
    connect();
    do_not_optimize(id);
  };
}

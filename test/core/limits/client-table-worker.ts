/** A worker of `client-table-threads.test.ts`: lets clients in and out as fast as it can. */
import { workerData } from "node:worker_threads";
import { SharedMemory } from "../../../src/core/memory/shared-memory.ts";
import { FakeClock, seededRandom } from "../../support/fake-clock.ts";
import { type HammerData, Seen } from "./client-hammer.ts";
import { client, clientTable } from "./client-model.ts";

const { load, workers, worker, buffer, seen: seenBuffer } = workerData as HammerData;
const { settings, clients, hot, maxHeld, steps } = load;
const memory = new SharedMemory(workers, worker);
const table = clientTable(memory, { ...settings, clock: new FakeClock() });
memory.attach(buffer);
const seen = new Seen(workers, worker, clients);
seen.memory.attach(seenBuffer);
const limit = settings.limits.maxConnections ?? Infinity;
const random = seededRandom(worker + 1);
const held: { readonly id: number; readonly entered: number }[] = [];

function leave(): void {
  const [over] = held.splice(Math.floor(random.next() * held.length), 1);
  if (over === undefined) return;
  seen.leave(over.id);
  table.leave(over.entered);
}

function enter(): void {
  const id = Math.floor(random.next() * (random.next() < 0.5 ? hot : clients));
  const entered = table.admit(client(id));
  if (typeof entered !== "number") return;
  if (seen.enter(id) > limit) seen.signal("too many");
  held.push({ id, entered });
}

seen.signal("ready");
seen.wait("go");
for (let step = 0; step < steps && seen.signalled("stop") === 0; step++) {
  seen.step();
  if (held.length >= maxHeld || random.next() < 0.4) leave();
  else enter();
}
while (held.length > 0) leave();
seen.signal("done");

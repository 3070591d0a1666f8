import type { ConnectionRecord } from "../../src/core/observe/connection-record.ts";
import type { Run } from "./run-scenario.ts";
import type { SimSocket } from "./sim-socket.ts";

/** Deadlines are coarse: two ticks of the wheel. */
const coarseMs = 100;

/** What a record says must be what happened. Called in the moment in which the proxy makes it. */
export function checkRecord(run: Run, record: ConnectionRecord, client: SimSocket | undefined): void {
  if (client === undefined) return run.report("one-record", `a record of a client that was never accepted`);
  const endpoint = run.world.upstreamSocketOf(client);
  const where = `${client.name} ${record.outcome}`;
  if (endpoint !== undefined) {
    checkFin(run, where, client, endpoint);
    checkFin(run, where, endpoint, client);
  }
  const settings = run.scenario.settings.listeners.find(({ name }) => name === record.listener);
  if (settings === undefined) return;
  // Without a byte that went through, nobody outside knows which upstream socket belongs to it.
  if (endpoint === undefined) return;
  const movedMs = Math.max(client.lastMovedMs, endpoint.lastMovedMs);
  const quietMs = run.world.queue.nowMs - movedMs;
  switch (record.outcome) {
    case "idle-timeout":
      if (quietMs < settings.idleTimeoutMs - coarseMs)
        run.report("outcome-true", `${where}: bytes moved ${quietMs} ms ago`);
      checkStuck(run, where, [client, endpoint], movedMs + settings.idleTimeoutMs);
      return;
    case "fin-timeout":
      if (quietMs < settings.finTimeoutMs - coarseMs)
        run.report("outcome-true", `${where}: bytes moved ${quietMs} ms ago`);
      if (!client.endTold && !endpoint.endTold) run.report("outcome-true", `${where}: nobody has sent FIN`);
      checkStuck(run, where, [client, endpoint], movedMs + settings.finTimeoutMs);
      return;
    case "client-reset":
      if (!client.failed) run.report("outcome-true", `${where}: no reset came from the client`);
      return;
    case "endpoint-reset":
      if (!endpoint.failed) run.report("outcome-true", `${where}: no reset came from the endpoint`);
      return;
    default:
  }
}

/** What one side's FIN led to. */
function checkFin(run: Run, where: string, from: SimSocket, to: SimSocket): void {
  if (from.endTold && !to.endRequested && !to.failed && !to.closedByPeer)
    run.report("fin-as-fin", `${where}: the FIN of ${from.name} was not passed on to ${to.name}`);
}

/** Bytes that were there to be read before the deadline, while the other side had room for them. */
function checkStuck(run: Run, where: string, sides: readonly [SimSocket, SimSocket], deadlineMs: number): void {
  for (const [from, to] of [sides, [sides[1], sides[0]]] as const) {
    if (from.unreadAtClose > 0 && to.waitedAtClose === 0 && !to.failed && from.unreadSinceMs < deadlineMs)
      run.report("bytes-move", `${where}: ${from.unreadAtClose} bytes of ${from.name} were never read`);
  }
}

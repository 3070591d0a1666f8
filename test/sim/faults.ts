import type { ProxyServer } from "../../src/core/server/proxy-server.ts";
import type { Fault } from "./scenario.ts";
import type { World } from "./world.ts";

/** Lets a fault happen now; it ends by itself. */
export function applyFault(fault: Fault, world: World, server: ProxyServer): void {
  const { queue, proxy } = world;
  const { nowMs } = queue;
  world.network.trace?.("fault", JSON.stringify(fault));
  switch (fault.kind) {
    case "partition": {
      const host = world.host(fault.host);
      if (host !== undefined) host.unreachableUntilMs = Math.max(host.unreachableUntilMs, nowMs + fault.forMs);
      return;
    }
    case "vanish":
      return world.restart(fault.host, fault.forMs, "vanish");
    case "crash":
      return world.restart(fault.host, fault.forMs, fault.how);
    case "blackhole": {
      const host = world.host(fault.host);
      if (host !== undefined) host.blackholeUntilMs = nowMs + fault.forMs;
      return;
    }
    case "host-stall":
      return world.host(fault.host)?.loop.stall(fault.forMs);
    case "endpoint-mode":
      world.setMode(fault.host, fault.mode);
      queue.after(fault.forMs, () => world.setMode(fault.host, "serve"));
      return;
    case "connect-fault":
      proxy.connectFaults.set(fault.endpoint, fault.failure);
      queue.after(fault.forMs, () => void proxy.connectFaults.delete(fault.endpoint));
      return;
    case "accept-error":
      proxy.acceptErrorCode = fault.code;
      proxy.acceptErrorUntilMs = nowMs + fault.forMs;
      return;
    case "slow-accept":
      proxy.acceptDelayMs = fault.delayMs;
      queue.after(fault.forMs, () => void (proxy.acceptDelayMs = 0));
      return;
    case "loop-stall":
      world.stalledUntilMs = Math.max(world.stalledUntilMs, nowMs + fault.forMs);
      world.threads?.stall(undefined, fault.forMs);
      return proxy.loop.stall(fault.forMs);
    case "worker-stall":
      world.stalledUntilMs = Math.max(world.stalledUntilMs, nowMs + fault.forMs);
      return world.threads?.stall(fault.worker, fault.forMs);
    case "worker-death":
      return world.threads?.kill(fault.worker);
    case "wall-jump":
      return proxy.loop.jumpWallClock(fault.byMs);
    case "descriptors":
      proxy.maxDescriptors = fault.maximum;
      queue.after(fault.forMs, () => void (proxy.maxDescriptors = world.scenario.maxDescriptors ?? Infinity));
      return;
    case "memory":
      proxy.maxMemoryBytes = proxy.memoryBytes / fault.share;
      queue.after(fault.forMs, () => void (proxy.maxMemoryBytes = Infinity));
      return;
    case "names": {
      const before = world.scenario.names[fault.name];
      world.network.dns.set(fault.name, fault.entry);
      if (before !== undefined) queue.after(fault.forMs, () => world.network.dns.set(fault.name, before));
      return;
    }
    case "add-endpoint":
      server.upstreams.find(({ settings }) => settings.name === fault.upstream)?.keeper.add(fault.settings);
      return;
    case "remove-endpoint":
    case "reset-endpoint":
    case "admin-state":
    case "weight":
      return applyAdmin(fault, world, server);
  }
}

type AdminAction = Extract<Fault, { kind: "remove-endpoint" | "reset-endpoint" | "admin-state" | "weight" }>;

/** What a person does on the admin address. */
function applyAdmin(action: AdminAction, world: World, server: ProxyServer): void {
  for (const upstream of server.upstreams) {
    const endpoint = upstream.endpoints.find(({ name }) => name === action.endpoint);
    if (endpoint === undefined) continue;
    if (action.kind === "weight") {
      upstream.keeper.setWeight(endpoint, action.weight);
    } else if (action.kind === "admin-state") {
      upstream.keeper.setAdminState(endpoint, action.state);
    } else if (action.kind === "reset-endpoint") {
      upstream.keeper.resetEndpoint(endpoint);
    } else {
      world.removedEndpoints.push(endpoint);
      upstream.keeper.remove(endpoint);
    }
  }
}

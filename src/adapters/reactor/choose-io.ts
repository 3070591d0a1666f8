import type { IoSetting } from "../../core/runtime/io.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { ReactorVerdict } from "./mod.ts";

/** The port to work with. */
export interface IoChoice {
  /** Over the reactor, or where there is none, over the runtime's own sockets. */
  readonly runtime: Runtime;
  /** Why it is not over the reactor, which was asked for; empty when it is, or was not. */
  readonly fault: string;
}

/** See `tryReactor`. */
export type TryReactor = (base: Runtime) => Promise<ReactorVerdict>;

/**
 * Chooses the sockets that a thread works with; before a config is judged, as what it may ask for depends on them. With
 * `reactor` a fault is the caller's matter: it is an error, or another thread has settled what to do without.
 */
export async function chooseIo(setting: IoSetting, base: Runtime, tryReactor: TryReactor): Promise<IoChoice> {
  if (setting === "runtime") return { runtime: base, fault: "" };
  const { runtime = base, fault } = await tryReactor(base);
  return { runtime, fault };
}

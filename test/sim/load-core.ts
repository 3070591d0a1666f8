import type { ProxyServer } from "../../src/core/server/proxy-server.ts";

/** The core that a run uses: ours, or a copy with a bug planted in it. */
export interface Core {
  readonly ProxyServer: typeof ProxyServer;
}

/** The core of this repository. */
export const ourCore: string = new URL("../../src/core/", import.meta.url).href;

/** Loads a core from the URL of its folder. */
export async function loadCore(folder: string = ourCore): Promise<Core> {
  return (await import(new URL("server/proxy-server.ts", folder).href)) as Core;
}

import type { Pending, ResolveHandler } from "../../src/core/runtime/runtime.ts";

/** What a look-up told. */
export interface Resolved {
  readonly hosts?: readonly string[];
  readonly ttlMs?: number | undefined;
  readonly failure?: string;
}

/** Turns what a look-up tells into a promise; it must tell one thing, and not before `start` has returned. */
export function resolved(start: (handler: ResolveHandler) => Pending): Promise<Resolved> {
  return new Promise((settle, reject) => {
    let returned = false;
    let told = 0;
    const tell = (what: Resolved): void => {
      told++;
      if (returned && told === 1) settle(what);
      else reject(new Error(returned ? "Told twice" : "Told before it returned"));
    };
    start({
      onResolve: (hosts, ttlMs) => tell({ hosts, ttlMs }),
      onResolveError: (failure) => tell({ failure }),
    });
    returned = true;
  });
}

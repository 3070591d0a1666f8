import { platform } from "node:process";
import { NativeLibc } from "./libc.ts";

/** libc of this process. Rejects, with the reason in words for the user, where it cannot be had. */
export async function loadLibc(): Promise<NativeLibc> {
  if (platform !== "linux") throw new Error(`epoll is Linux's, and this is ${platform}`);
  return new NativeLibc(await body());
}

async function body() {
  if ("Bun" in globalThis) return await (await import("./bun-body.ts")).bunBody();
  if ("Deno" in globalThis) return (await import("./deno-body.ts")).denoBody();
  return await (await import("./koffi-body.ts")).koffiBody();
}

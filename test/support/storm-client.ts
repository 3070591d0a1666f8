/**
 * Connects and asks over and over, as fast as it can. Arguments: port, connects, how many at a time. Prints one JSON
 * object: how many got an answer, and how the others ended.
 */
import net from "node:net";

const [port = 0, connects = 0, atATime = 0] = process.argv.slice(2).map(Number);
const ends: Record<string, number> = {};
let started = 0;

function connectNext(client: number): Promise<void> {
  if (started >= connects) return Promise.resolve();
  started++;
  return new Promise<void>((resolve) => {
    // One loopback address has ports for 28,000 connections only.
    const socket = net.connect({ port, host: "127.0.0.1", localAddress: `127.0.2.${1 + (client % 250)}` });
    let end = "cut";
    socket.on("connect", () => socket.write("Hello, there!"));
    socket.on("data", () => (end = "answered"));
    socket.on("error", (error: Error & { code?: string }) => (end = error.code ?? error.message));
    socket.on("close", () => {
      ends[end] = (ends[end] ?? 0) + 1;
      resolve();
    });
  }).then(() => connectNext(client));
}

await Promise.all(Array.from({ length: atATime }, (_, client) => connectNext(client)));
console.log(JSON.stringify(ends));

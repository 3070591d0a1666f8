/**
 * A program: clients that each take so many bytes a second, in ten sips, and say every second how much that was.
 * Arguments: port, number of clients, bytes per second. Run by Node, whose `read(n)` leaves the rest in the kernel.
 */
import net from "node:net";

const [port = 0, clients = 0, bytesPerSecond = 0] = process.argv.slice(2).map(Number);
let taken = 0;
for (let index = 0; index < clients; index++) {
  // Passed on to the stream; missing from @types/node.
  const streamOptions = { highWaterMark: 1024 };
  const socket = net.connect({ port, host: "127.0.0.1", ...streamOptions });
  socket.pause();
  socket.on("error", () => {});
  setInterval(() => {
    const bytes = socket.read(bytesPerSecond / 10) as Buffer | null;
    taken += bytes?.byteLength ?? 0;
  }, 100);
}
setInterval(() => console.log(`taken ${taken}`), 1000);

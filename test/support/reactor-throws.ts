/** A process in which handlers throw, against the contract: prints what came of it. */
import process, { stdout } from "node:process";
import { loadLibc } from "../../src/adapters/reactor/libc/load-libc.ts";
import { BlockingClient, withReactor } from "./reactor.ts";
import { Acceptor, type Recorder, until } from "./sockets.ts";

const thrown: string[] = [];
process.on("uncaughtException", ({ message }) => thrown.push(message));

const libc = await loadLibc();
await withReactor(libc, {}, async (runtime) => {
  await using acceptor = await Acceptor.open(runtime);
  const clients: BlockingClient[] = [];
  const served: Recorder[] = [];
  for (let index = 0; index < 8; index++) {
    clients.push(new BlockingClient(libc, acceptor.listener.address));
    const side = await acceptor.accepted();
    side.socket.resume();
    served.push(side);
  }
  const [first] = served;
  if (first === undefined) throw new Error("nobody is served");
  first.whenData = () => {
    throw new Error("onData");
  };
  // They come in one go.
  for (const client of clients) client.send("hello");
  await until(() => served.every(({ bytes }) => bytes === 5), "all have theirs");
  first.socket.handler = {
    onData() {},
    onDrain() {},
    onEnd() {},
    onClose() {
      throw new Error("onClose");
    },
  };
  for (const { socket } of served) socket.destroy();
  await Promise.all(served.slice(1).map(({ closed }) => closed));
  for (const client of clients) client.close();
});
await until(() => thrown.length === 2, "both are told");
stdout.write(thrown.join(" "));

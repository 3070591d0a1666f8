import { serveHttp } from "../adapters/compat/http-server.ts";
import { type Address, formatAddress } from "../core/runtime/address.ts";
import { ListenError } from "../core/runtime/runtime.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { answerHttp } from "./echo/http-echo.ts";
import { readAddress } from "./read-flags.ts";
import { aborted, catchStopSignals } from "./stop-signals.ts";
import { TcpEcho } from "./echo/tcp-echo.ts";
import { listenFailure } from "./listen-failure.ts";

/** `geryon echo`: an origin to play with. */
export const echoCommand: Command = {
  name: "echo",
  summary: "Run an origin to play with: it sends back what it gets",
  usage: "--listen ADDR [--http] [--name NAME]",
  positionals: { min: 0, max: 0 },
  flags: [
    { name: "listen", short: "l", value: "ADDR", description: "Address to listen on; port 0 takes a free one" },
    { name: "http", description: "Speak HTTP: answer with JSON of the request; /status/503, /delay/500ms" },
    {
      name: "name",
      value: "NAME",
      description: "What it calls itself in its answers and on the terminal",
      default: "echo",
    },
  ],
  examples: [
    { command: "geryon echo --listen 127.0.0.1:4001", does: "Sends back every byte; try it with nc 127.0.0.1 4001" },
    {
      command: "geryon echo --http --listen 127.0.0.1:8001 --name blue",
      does: "Tells what it got: curl 127.0.0.1:8001/x",
    },
  ],
  async run(args, context) {
    const listen = args.value("listen");
    if (listen === undefined) throw new UsageError("No address to listen on is given", "Add --listen 127.0.0.1:4001");
    const address = readAddress(listen, "listener");
    const name = args.value("name") ?? "echo";
    using signals = catchStopSignals(context.runtime.clock);
    try {
      const origin = await (args.has("http") ? startHttp : startTcp)(address, name, context);
      context.terminal.out(`${name} listens on ${formatAddress(origin.address)}\n`);
      await aborted(signals.stopped);
      await origin.stop();
      context.terminal.out(`${name} stopped: ${origin.summary()}\n`);
      return exitCodes.ok;
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      context.terminal.error(`geryon: ${listenFailure(error)}\n`);
      return exitCodes.bind;
    }
  },
};

interface Origin {
  readonly address: Address;
  stop(): Promise<void>;
  summary(): string;
}

async function startTcp(address: Address, name: string, { runtime, terminal }: CommandContext): Promise<Origin> {
  const echo = await TcpEcho.start(runtime, address, (code) => terminal.error(`${name} cannot accept: ${code}\n`));
  let cut = 0;
  return {
    address: echo.address,
    async stop() {
      cut = echo.activeConnections;
      await echo.stop();
    },
    summary: () =>
      `${count(echo.totalConnections, "connection")}, ${count(echo.bytes, "byte")} sent back` +
      (cut === 0 ? "" : `, ${cut} still open`),
  };
}

async function startHttp(address: Address, name: string, { runtime }: CommandContext): Promise<Origin> {
  const identity = { name, listens: formatAddress(address) };
  let requests = 0;
  const server = await serveHttp(address, (request) => {
    requests++;
    return answerHttp(request, identity, runtime.clock);
  });
  identity.listens = formatAddress(server.address);
  return {
    address: server.address,
    stop: () => server.close(),
    summary: () => count(requests, "request"),
  };
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

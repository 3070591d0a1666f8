/** How commands talk to a running proxy: over its admin address. */
import { askHttp, HttpClientError, type HttpQuestion } from "../../adapters/compat/http-client.ts";
import { type Address, formatAddress } from "../../core/runtime/address.ts";
import { type Arguments, type CommandContext, exitCodes, type Flag, UsageError } from "../command.ts";
import { readConfig } from "../read-config.ts";
import { readAddress } from "../read-flags.ts";

/** The flags of every command that talks to a running proxy. */
export const adminFlags: readonly Flag[] = [
  {
    name: "admin",
    short: "a",
    value: "ADDR",
    description: "The proxy's admin address: HOST:PORT or unix:/PATH",
    default: "127.0.0.1:9090",
  },
  { name: "config", short: "c", value: "FILE", description: "Take the admin address from the proxy's config file" },
  { name: "json", description: "Print what the admin API says" },
];

const defaultAddress: Address = { kind: "tcp", host: "127.0.0.1", port: 9090 };

/** A proxy answers from memory. */
const timeoutMs = 10_000;
/** Ten thousand endpoints take a quarter of it. */
const maxBytes = 64 * 2 ** 20;

const nameAddress = "Name the proxy's admin address: --admin ADDR or --config FILE";

/** The proxy cannot be asked, or says no for a reason that is not in the arguments. */
class AdminFailure extends Error {
  override readonly name = "AdminFailure";
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Runs what a command asks of the proxy; resolves with the exit code. */
export async function withProxy(
  args: Arguments,
  context: CommandContext,
  run: (client: AdminClient) => Promise<void>,
): Promise<number> {
  try {
    await run(new AdminClient(adminAddress(args, context)));
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof AdminFailure)) throw error;
    context.terminal.error(failureText(error));
    return exitCodes.failure;
  }
}

/** Asks the admin API of one proxy. */
export class AdminClient {
  readonly address: Address;

  constructor(address: Address) {
    this.address = address;
  }

  /** Asks for JSON; the answer's text. Throws `UsageError` for names and values that the proxy does not know. */
  async ask(method: HttpQuestion["method"], path: string, body?: unknown): Promise<string> {
    const { status, text } = await this.#ask({ method, path, body, timeoutMs, maxBytes });
    const value = parseJson(text);
    if (value === undefined) throw notGeryon(formatAddress(this.address));
    if (status < 400) return text;
    const { error, advice } = refusal(value);
    if (status === 400 || status === 404) throw new UsageError(error ?? "The proxy knows no such thing", advice);
    throw new AdminFailure(error ?? `The proxy answers with ${status}`, advice);
  }

  async #ask(question: HttpQuestion): Promise<{ readonly status: number; readonly text: string }> {
    try {
      return await askHttp(this.address, question);
    } catch (error) {
      if (!(error instanceof HttpClientError)) throw error;
      throw reachFailure(formatAddress(this.address), error);
    }
  }
}

/** A name as a part of a path. */
export function pathPart(name: string): string {
  return encodeURIComponent(name);
}

function adminAddress(args: Arguments, context: CommandContext): Address {
  const typed = args.value("admin");
  const file = args.value("config");
  if (typed !== undefined && file !== undefined) {
    throw new UsageError("Option '--admin' does not go with '--config'", "Give one of the two");
  }
  if (typed !== undefined) return readAddress(typed, "endpoint");
  if (file === undefined) return defaultAddress;
  // What it needs is the matter of the proxy that runs it.
  const result = readConfig(file, context).judge();
  if (!result.ok) throw new UsageError(`Config file '${file}' has mistakes`, `See 'geryon check ${file}'`);
  const address = result.config.admin?.address;
  if (address === undefined) {
    throw new UsageError(`Config file '${file}' has no admin address`, 'Add: admin: { address: "127.0.0.1:9090" }');
  }
  if (address.kind === "tcp" && address.port === 0) {
    throw new UsageError(`Config file '${file}' leaves the admin port open`, "Name the address with --admin");
  }
  return reachable(address);
}

/** Where a program on the same machine finds what listens on all interfaces. */
function reachable(address: Address): Address {
  if (address.kind === "unix") return address;
  const host = address.host === "0.0.0.0" ? "127.0.0.1" : address.host === "::" ? "::1" : address.host;
  return { ...address, host };
}

function reachFailure(address: string, { code, message }: HttpClientError): AdminFailure {
  switch (code) {
    case "ECONNREFUSED":
    case "ENOENT":
      return new AdminFailure(
        `No proxy answers on ${address}`,
        "Is it running with an admin address? If with another one: --admin ADDR or --config FILE",
      );
    case "EACCES":
    case "EPERM":
      return new AdminFailure(`Not permitted to ask the proxy on ${address}`, "Is it another user's?");
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new AdminFailure(`The name in ${address} does not resolve`);
    case "ECONNRESET":
      return new AdminFailure(`What listens on ${address} ends the connection without an answer`, nameAddress);
    case "timeout":
      return new AdminFailure(`The proxy on ${address} does not answer within ${timeoutMs / 1000} s`);
    default:
      // What a parser of HTTP says is named after it, on Node and Deno with a prefix.
      return /parse|HPE_/i.test(`${code} ${message}`)
        ? notGeryon(address)
        : new AdminFailure(`Cannot ask the proxy on ${address}: ${message}`);
  }
}

function notGeryon(address: string): AdminFailure {
  return new AdminFailure(`What answers on ${address} is not geryon`, nameAddress);
}

function failureText({ message, hint }: AdminFailure): string {
  return `geryon: ${message}\n${hint === undefined ? "" : `        ${hint}\n`}`;
}

/** What an answer that says no gives as its reason. */
function refusal(value: unknown): { readonly error: string | undefined; readonly advice: string | undefined } {
  const { error, expected, hint } = (value ?? {}) as Partial<Record<string, unknown>>;
  const parts = [
    ...(typeof expected === "string" ? [`expected ${expected}`] : []),
    ...(typeof hint === "string" ? [hint] : []),
  ];
  const advice = parts.join("; ");
  return {
    error: typeof error === "string" ? error : undefined,
    advice: advice === "" ? undefined : advice.charAt(0).toUpperCase() + advice.slice(1),
  };
}

/** Undefined when the text is no JSON of an object or a list. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

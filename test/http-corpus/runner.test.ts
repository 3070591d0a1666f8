import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { currentRuntime } from "../support/current-runtime.ts";
import { TestProxy } from "../support/proxy.ts";
import { type Case, fin, get, head, plainAnswer, post, refused, seen, smuggled } from "./case.ts";
import { Changes } from "./changes.ts";
import { judge } from "./judge.ts";
import { ScriptedOrigin } from "./origin.ts";
import { joinChunks, readMessage } from "./reader.ts";
import { mistakes, type Observation, play } from "./runner.ts";

/** The worst HTTP proxy that there is: it passes on every byte. */
const changes = new Changes();
const origin = await ScriptedOrigin.open(changes);
const relay = await TestProxy.start(await currentRuntime(), [origin.port]);
after(async () => {
  await relay[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});

function playOnRelay(one: Case, patienceMs = 10_000): Promise<Observation> {
  return play({ target: { host: "127.0.0.1", port: relay.port }, origin, changes, patienceMs }, one);
}

function plain(more: Partial<Case> = {}): Case {
  return {
    name: "a case",
    why: "to try the runner",
    send: [get("/")],
    expect: { answers: [{ status: 200, body: "ok" }], closed: false, origin: [seen("GET /")] },
    ...more,
  };
}

async function verdictOf(one: Case): Promise<string> {
  const { verdict, reasons } = judge(one, await playOnRelay(one));
  return [verdict, ...reasons].join("; ");
}

describe("runner of the corpus", () => {
  it("finds nothing wrong with what is as it should be", async () => {
    const one = plain();
    assert.deepEqual(mistakes(one, await playOnRelay(one), relay.port), []);
    assert.equal(await verdictOf(one), "canonical");
  });

  it("finds each kind of mistake", async () => {
    for (const [more, pattern] of [
      [{ expect: { ...plain().expect, answers: [{ status: 201 }] } }, /status 200, not 201/],
      [{ expect: { ...plain().expect, answers: [{ status: 200, body: "no" }] } }, /body "ok"/],
      [{ expect: { ...plain().expect, answers: [{ status: 200, has: ["X-A: 1"] }] } }, /no X-A: 1/],
      [
        { expect: { ...plain().expect, answers: [{ status: 200, lacks: ["content-length"] }] } },
        /a field content-length/,
      ],
      [{ expect: { ...plain().expect, answers: [{ status: 200, interim: [100] }] } }, /interim answers/],
      [{ expect: { ...plain().expect, origin: [seen("GET /x")] } }, /the origin saw/],
      [{ expect: { ...plain().expect, origin: [] } }, /the origin saw/],
      [{ expect: { ...plain().expect, closed: true } }, /was not closed/],
      [{ expect: { ...plain().expect, tunnel: "x" } }, /the tunnel/],
      [{ origin: [{ end: plainAnswer, after: "close" }] }, /the connection was closed/],
      [
        { origin: [{ end: plainAnswer, after: "close" }], expect: { ...plain().expect, closed: true } },
        /without `Connection: close`/,
      ],
      [{ origin: [{ end: plainAnswer + plainAnswer }] }, /1 answers expected, not 2/],
      [{ origin: [{ end: `${head("HTTP/1.1 200 OK", "Content-Length: 9")}ok`, after: "close" }] }, /it is not whole/],
      [{ send: [get("/") + smuggled] }, /the origin saw .*smuggled/],
    ] as const satisfies readonly (readonly [Partial<Case>, RegExp])[]) {
      const one = plain(more);
      assert.match(mistakes(one, await playOnRelay(one), relay.port).join("\n"), pattern);
    }
  });

  it("finds what never comes, and a beginning that is left", async () => {
    const one = refused("unfinished", "to try the runner", `${post("/", "Content-Length: 10")}hello`);
    assert.match(mistakes(one, await playOnRelay(one, 300), relay.port).join("\n"), /waited in vain.*\n[^]*beginning/);
  });

  it("ends a case with the client's FIN", async () => {
    const one = plain({ send: [get("/"), fin], expect: { ...plain().expect, closed: true } });
    assert.deepEqual(mistakes(one, await playOnRelay(one), relay.port), []);
  });

  it("judges what came through", async () => {
    const both = post("/", "Content-Length: 5", "Transfer-Encoding: chunked");
    for (const [send, verdict] of [
      [`${both}0\r\n\r\n`, /^dangerous; Content-Length and Transfer-Encoding$/],
      [get("/a/../b"), /^ambiguous; dot segments in the path$/],
      [head("GET / HTTP/1.1"), /^ambiguous; no Host$/],
      [head("GET / HTTP/1.1", "Host: a@b"), /^ambiguous; an invalid Host$/],
      [get("/", "X-A : 1"), /^dangerous; white space before a colon$/],
      [get("/", "X-A: 1\r\n 2"), /^dangerous; a folded field$/],
      [get("/", "X-A: 1\n2"), /^dangerous; bare LF/],
      [get("/", "X-A: 1\r2"), /^dangerous; bare CR$/],
      [get("/", "X-A: 1\0"), /^dangerous; NUL in a value$/],
      [get("/") + smuggled, /^dangerous; 2 requests of 1$/],
      [`${post("/", "Transfer-Encoding: chunked")}5;x\r\nhello\r\n0\r\n\r\n`, /^dangerous; chunks that are framed/],
      [`${post("/", "Transfer-Encoding: chunked")}0\r\nHost: x\r\n\r\n`, /^dangerous; trailers that frame/],
      [`${post("/", "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\n\r\n`, /^canonical$/],
    ] as const) {
      assert.match(await verdictOf(plain({ send: [send] })), verdict, JSON.stringify(send));
    }
  });

  it("judges a cut answer that looks whole", async () => {
    const expect = { answers: [{ status: 200, truncated: true }], closed: true, origin: [seen("GET /")] };
    const whole = plain({ aboutAnswer: true, expect, origin: [{ end: head("HTTP/1.0 200 OK"), after: "close" }] });
    assert.equal(await verdictOf(whole), "dangerous; a truncated answer looks whole");
    const cut = { end: head("HTTP/1.0 200 OK", "Content-Length: 5"), after: "close" } as const;
    assert.equal(await verdictOf(plain({ aboutAnswer: true, expect, origin: [cut] })), "canonical");
  });
});

describe("reader of the corpus", () => {
  it("joins chunks only when they are well-formed", () => {
    const start = post("/", "Transfer-Encoding: chunked");
    const joined = (body: string): string => {
      const message = readMessage(start + body, { kind: "request" });
      assert.ok(message?.whole);
      return joinChunks(message).slice(start.length);
    };
    assert.equal(joined("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), "5\r\nhello\r\n0\r\n\r\n");
    assert.equal(joined("0\r\nX-A: 1\r\n\r\n"), "0\r\nX-A: 1\r\n\r\n");
    for (const body of ["05\r\nhello\r\n0\r\n\r\n", "5;x\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n"]) {
      assert.equal(joined(body), body);
    }
  });
});

import { mutationsOfHttp } from "./mutations-http.ts";

/** A bug planted in one file of the core: `text` occurs there exactly once. */
export interface Mutation {
  readonly what: string;
  /** Below `src`: in `core` or in `control/workers`. */
  readonly file: string;
  readonly text: string;
  readonly becomes: string;
  /** It shows only where several workers are. */
  readonly workers?: boolean;
  /** It shows only where HTTP is spoken. */
  readonly http?: boolean;
}

const mutationsOfTcp: readonly Mutation[] = [
  {
    what: "a FIN is not passed on",
    file: "core/relay/relay-side.ts",
    text: "this.peer?.socket.end();",
    becomes: "",
  },
  {
    what: "a reader that was paused is never resumed",
    file: "core/relay/relay-side.ts",
    text: "this.peer?.socket.resume();",
    becomes: "",
  },
  {
    what: "a fast sender is not paused",
    file: "core/relay/relay-side.ts",
    text: "if (!room) this.socket.pause();",
    becomes: "",
  },
  {
    what: "the chunk that fills the buffer is written twice",
    file: "core/relay/relay-side.ts",
    text: "this.#wrote(peer, peer.socket.write(bytes));",
    becomes: "this.#wrote(peer, peer.socket.write(bytes) || (peer.socket.write(bytes), false));",
  },
  {
    what: "a chunk is dropped while some wait",
    file: "core/relay/relay-side.ts",
    text: "if (peer !== undefined) this.#wrote(peer, peer.socket.write(bytes));",
    becomes: "if (peer !== undefined && peer.socket.bufferedBytes <= 100) this.#wrote(peer, peer.socket.write(bytes));",
  },
  {
    what: "bytes are counted twice",
    file: "core/relay/relay-side.ts",
    text: "this.bytes += count;",
    becomes: "this.bytes += 2 * count;",
  },
  {
    what: "a cut connection is closed and not reset",
    file: "core/relay/relay-side.ts",
    text: "else side.socket.reset();",
    becomes: "else side.socket.destroy();",
  },
  {
    what: "a connection ends as soon as one of its sides has",
    file: "core/tcp/tcp-connection.ts",
    text: "if (other?.closed === true) this.#finish",
    becomes: "this.#finish",
  },
  {
    what: "the same endpoint is tried again",
    file: "core/tcp/tcp-connection.ts",
    text: "this.tried = [...this.tried, endpoint];",
    becomes: "",
  },
  {
    what: "a deadline outlives its connection",
    file: "core/tcp/tcp-connection.ts",
    text: "wheel.drop(this);",
    becomes: "",
  },
  {
    what: "a connect is not given up with its connection",
    file: "core/tcp/tcp-connection.ts",
    text: "this.#pending?.cancel();",
    becomes: "",
  },
  {
    what: "who waits in the queue stays there when it is over",
    file: "core/tcp/tcp-connection.ts",
    text: "if (this.#queued) upstream.leave(this);",
    becomes: "",
  },
  {
    what: "a listener does not forget who left",
    file: "core/tcp/tcp-service.ts",
    text: "this.admission.leave(connection.admitted);",
    becomes: "",
  },
  {
    what: "an endpoint's slot is not given back",
    file: "core/upstream/upstream.ts",
    text: "this.#leaveEndpoint(attempt.endpoint);",
    becomes: "",
  },
  {
    what: "a pending connect is not given back",
    file: "core/upstream/upstream.ts",
    text: "this.#pendingConnects.leave();\n    this.#roomFreed();",
    becomes: "this.#roomFreed();",
  },
  {
    what: "a retry's budget is not given back",
    file: "core/upstream/upstream.ts",
    text: "this.retryBudget.leave();",
    becomes: "",
  },
  {
    what: "the queue is not served when there is room again",
    file: "core/upstream/upstream.ts",
    text: "this.#active.leave();\n    this.#roomFreed();",
    becomes: "this.#active.leave();",
  },
  {
    what: "the last endpoint is ejected",
    file: "core/upstream/outlier-detector.ts",
    text: "bounds.othersAvailable < 1 || ",
    becomes: "",
  },
  {
    what: "a probe of a half-open breaker is not given back",
    file: "core/upstream/circuit-breaker.ts",
    text: "this.#endProbe(permit);",
    becomes: "",
  },
  {
    what: "a breaker's timer is left when the proxy stops",
    file: "core/upstream/upstream-keeper.ts",
    text: "endpoint.breaker?.stop();",
    becomes: "",
  },
  {
    what: "no bell rings for those who wait in other threads",
    file: "core/upstream/upstream.ts",
    text: "if (this.queue.hasOthers) this.#bell.ring();",
    becomes: "",
    workers: true,
  },
  {
    what: "a worker never shows the ticket of its first waiter",
    file: "core/upstream/connect-queue.ts",
    text: "if (head !== undefined) head.value = first;",
    becomes: "",
    workers: true,
  },
  {
    what: "a dead worker's ticket stays",
    file: "core/upstream/connect-queue.ts",
    text: "if (head !== undefined) head.value = 0;",
    becomes: "",
    workers: true,
  },
  {
    what: "what a dead worker held is not given back",
    file: "core/memory/shared-memory.ts",
    text: "if (held !== 0) Atomics.sub(this.totals, index, held);",
    becomes: "",
    workers: true,
  },
  {
    what: "what a dead worker held of an endpoint that was added is not given back",
    file: "core/upstream/upstream.ts",
    text: "if (endpoint.memory !== this.#context.memory) endpoint.memory.reclaim(worker);",
    becomes: "void memory;",
    workers: true,
  },
  {
    what: "a share is not given back with what it is a share of",
    file: "core/memory/total.ts",
    text: "shares[index] = (shares[index] ?? 0) - 1;",
    becomes: "",
    workers: true,
  },
  {
    what: "a total is raised whatever the limit",
    file: "core/memory/total.ts",
    text: "if (value >= limit) return false;",
    becomes: "",
    workers: true,
  },
  {
    what: "the keeper does not look at a breaker that a worker opened",
    file: "core/upstream/upstream-keeper.ts",
    text: "const entered = endpoint.breaker?.look() === true;",
    becomes: "const entered = false;",
    workers: true,
  },
  {
    what: "a thread takes no notice of what others announce",
    file: "core/upstream/upstream.ts",
    text: "this.#context.bell === undefined || !this.#news.take()",
    becomes: "this.#context.bell !== undefined",
    workers: true,
  },
  {
    what: "a worker's balancer does not learn of other workers' loads",
    file: "core/upstream/upstream.ts",
    text: "if (this.#watchesLoads) this.#takeLoads();",
    becomes: "",
    workers: true,
  },
  {
    what: "workers are not told of an endpoint that was taken out",
    file: "control/workers/worker-duty.ts",
    text: "this.#removeEndpoint(message.endpoint);",
    becomes: "",
    workers: true,
  },
  {
    what: "workers are not told of an endpoint that was added",
    file: "control/workers/worker-duty.ts",
    text: "this.#addEndpoint(message.endpoint);",
    becomes: "",
    workers: true,
  },
  {
    what: "a new worker does not learn what changed before it came",
    file: "control/workers/worker-seat.ts",
    text: "for (const change of this.#events.changes()) this.post(change);",
    becomes: "",
    workers: true,
  },
  {
    what: "nobody takes a dead worker's place",
    file: "control/workers/worker-seat.ts",
    text: "() => void this.#replace()",
    becomes: "() => {}",
    workers: true,
  },
  {
    what: "the end of a worker's last connection does not end a drain",
    file: "control/workers/worker-duty.ts",
    text: "if (this.#closing) this.#bell.ring();",
    becomes: "",
    workers: true,
  },
  {
    what: "two threads wake each other without end",
    file: "core/upstream/upstream.ts",
    text: "    this.#takeNews();\n    this.serveQueue();",
    becomes: "    this.#takeNews();\n    this.serveQueue();\n    this.#bell.ring();",
    workers: true,
  },
];

/** Bugs as people make them, in each part that the simulator plays. */
export const mutations: readonly Mutation[] = [...mutationsOfTcp, ...mutationsOfHttp];

/** A bug planted in one file of the core: `text` occurs there exactly once. */
export interface Mutation {
  readonly what: string;
  /** Below `src`: in `core` or in `control/workers`. */
  readonly file: string;
  readonly text: string;
  readonly becomes: string;
}

/** Bugs as people make them, in each part that the simulator plays. */
export const mutations: readonly Mutation[] = [
  {
    what: "a FIN is not passed on",
    file: "core/tcp/relay-side.ts",
    text: "this.peer?.socket.end();",
    becomes: "",
  },
  {
    what: "a reader that was paused is never resumed",
    file: "core/tcp/relay-side.ts",
    text: "this.peer?.socket.resume();",
    becomes: "",
  },
  {
    what: "a fast sender is not paused",
    file: "core/tcp/relay-side.ts",
    text: "if (!peer.socket.write(bytes)) this.socket.pause();",
    becomes: "peer.socket.write(bytes);",
  },
  {
    what: "the chunk that fills the buffer is written twice",
    file: "core/tcp/relay-side.ts",
    text: "if (!peer.socket.write(bytes)) this.socket.pause();",
    becomes: "if (!peer.socket.write(bytes)) (peer.socket.write(bytes), this.socket.pause());",
  },
  {
    what: "a chunk is dropped while some wait",
    file: "core/tcp/relay-side.ts",
    text: "if (peer === undefined) return;",
    becomes: "if (peer === undefined || peer.socket.bufferedBytes > 100) return;",
  },
  {
    what: "bytes are counted twice",
    file: "core/tcp/relay-side.ts",
    text: "this.bytes += count;",
    becomes: "this.bytes += 2 * count;",
  },
  {
    what: "a cut connection is closed and not reset",
    file: "core/tcp/tcp-connection.ts",
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
    text: "this.admission.leave(connection.clientKey);",
    becomes: "",
  },
  {
    what: "an endpoint's slot is not given back",
    file: "core/upstream/upstream.ts",
    text: "attempt.endpoint.active.leave();",
    becomes: "",
  },
  {
    what: "a pending connect is not given back",
    file: "core/upstream/upstream.ts",
    text: "this.#pendingConnects.leave();\n    if (attempt",
    becomes: "if (attempt",
  },
  {
    what: "a retry's budget is not given back",
    file: "core/upstream/upstream.ts",
    text: "if (attempt.isRetry) this.retryBudget.leave();",
    becomes: "",
  },
  {
    what: "the queue is not served when there is room again",
    file: "core/upstream/upstream.ts",
    text: "this.loadChanged(attempt.endpoint);\n    this.#roomFreed();",
    becomes: "this.loadChanged(attempt.endpoint);",
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
];

/**
 * What an attempt showed of its endpoint: `success` it answered; `failure` the connect failed, or the endpoint ended the
 * connection without a byte; `unknown` the client left before either.
 */
export type AttemptResult = "success" | "failure" | "unknown";

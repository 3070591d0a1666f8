import { makeMistake, type Mistake, oneOf, quote } from "../../config/mistake.ts";
import { nearest } from "../../config/nearest.ts";

/** Statuses of answers to requests that cannot be done. */
export type AdminErrorStatus = 400 | 403 | 404 | 409 | 413 | 415;

/** A request that cannot be done: what the answer says, as JSON `{ error, expected?, hint? }`. */
export class AdminError extends Error {
  override readonly name = "AdminError";
  readonly status: AdminErrorStatus;
  readonly mistake: Mistake;

  constructor(status: AdminErrorStatus, mistake: Mistake) {
    super(mistake.what);
    this.status = status;
    this.mistake = mistake;
  }
}

/** The body of an answer that says what is wrong. */
export function errorBody({ what, ...rest }: Mistake): Record<string, string> {
  return { error: what, ...rest };
}

/** Names in a message, at most. */
const maxNames = 20;

/** There is no thing of such a name; tells those that there are, and the nearest. */
export function unknownName(kind: string, name: string, known: readonly string[]): AdminError {
  const guess = nearest(name, known);
  const more = known.length > maxNames ? ` (and ${known.length - maxNames} more)` : "";
  const hint = guess === undefined ? undefined : `did you mean ${quote(guess)}?`;
  return new AdminError(
    404,
    makeMistake(`There is no ${kind} ${quote(name)}`, `${oneOf(known.slice(0, maxNames))}${more}`, hint),
  );
}

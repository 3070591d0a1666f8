import * as v from "valibot";
import { issueProblems, nameValue } from "../../config/issues.ts";
import { describeValue, makeMistake, quote } from "../../config/mistake.ts";
import { checkShape, isRecord } from "../../config/shape.ts";
import { AdminError } from "./admin-error.ts";

/** What a request may send: an endpoint takes some hundred bytes. */
const maxBytes = 16 * 1024;

/**
 * Reads the JSON object that a request sends and checks it the way a config is checked. Throws an `AdminError` that says
 * the first thing that is wrong.
 */
export async function readBody<T>(request: Request, schema: v.GenericSchema<unknown, T>): Promise<T> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    const what = type === undefined || type === "" ? "The body has no content type" : `The body is ${quote(type)}`;
    throw new AdminError(415, makeMistake(what, "content-type: application/json"));
  }
  const value = parseJson(await readText(request));
  if (!isRecord(value)) throw new AdminError(400, makeMistake(`The body is ${describeValue(value)}`, "a map"));
  const [shape] = checkShape(schema, value);
  if (shape !== undefined) throw new AdminError(400, wordsOf(shape));
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [problem] = result.issues.flatMap((issue) => issueProblems(issue));
  throw new AdminError(400, problem === undefined ? makeMistake("The body is wrong") : wordsOf(problem));
}

function wordsOf(problem: ReturnType<typeof checkShape>[number]): ReturnType<typeof makeMistake> {
  const { what, expected, hint } = nameValue(problem, problem.path);
  return makeMistake(what, expected, hint);
}

function parseJson(text: string): unknown {
  if (text.trim() === "") throw new AdminError(400, makeMistake("The body is empty", "a map"));
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? `: ${error.message}` : "";
    throw new AdminError(400, makeMistake(`The body is not JSON${reason}`));
  }
}

/** The whole body, as long as it is not too long. */
async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge(): AdminError {
  return new AdminError(413, makeMistake("The body is too large", `at most ${maxBytes} bytes`));
}

import { forwarded, get, head, seen, type Answer, type Case, type Theme } from "../case.ts";

const section = "RFC 9110 section 7.6.2";

function asked(method: string, ...fields: readonly string[]): string {
  return head(`${method} / HTTP/1.1`, "Host: a.test", ...fields);
}

/** It counts down on its way to the origin. */
function counted(method: string, from: string, to: string, why: string = section): Case {
  return forwarded(
    `${method} with ${from}`,
    why,
    asked(method, `Max-Forwards: ${from}`),
    seen(`${method} /`, { fields: [`Max-Forwards: ${to}`] }),
  );
}

/** The proxy answers, and the origin sees nothing. */
function answeredHere(name: string, why: string, send: string, answer: Answer, judgement: string): Case {
  return { name, why, judgement, send: [send], expect: { answers: [answer], closed: false, origin: [] } };
}

const secret = "Cookie: secret=1";

/** How far an OPTIONS and a TRACE go. */
export const maxForwards: Theme = {
  name: "max-forwards",
  profile: "bare",
  cases: [
    counted("OPTIONS", "10", "9"),
    counted("OPTIONS", "1", "0"),
    counted("TRACE", "007", "6"),
    counted("OPTIONS", "1, 0", "1, 0", "RFC 9110 section 7.6.2: a number; what is none says nothing"),
    counted("OPTIONS", "-1", "-1", "RFC 9110 section 7.6.2: a number; what is none says nothing"),
    forwarded(
      "GET with 0",
      "RFC 9110 section 7.6.2: for other methods it may be ignored",
      get("/", "Max-Forwards: 0"),
      seen("GET /", { fields: ["Max-Forwards: 0"] }),
    ),
    forwarded(
      "options with 0",
      "RFC 9110 section 9.1: methods are case-sensitive",
      asked("options", "Max-Forwards: 0"),
      seen("options /", { fields: ["Max-Forwards: 0"] }),
    ),
    answeredHere(
      "OPTIONS with 0",
      section,
      asked("OPTIONS", "Max-Forwards: 0"),
      { status: [200, 204], body: "" },
      "200 with a length of 0, which clients older than 204 read too.",
    ),
    answeredHere(
      "OPTIONS with 0 and a body",
      "RFC 9110 section 9.3.7: it may have one",
      `${asked("OPTIONS", "Max-Forwards: 0", "Content-Length: 5")}hello`,
      { status: [200, 204], body: "" },
      "A short body is read and dropped.",
    ),
    answeredHere(
      "OPTIONS * with 0",
      section,
      head("OPTIONS * HTTP/1.1", "Host: a.test", "Max-Forwards: 00"),
      { status: [200, 204], body: "" },
      "As for a path.",
    ),
    answeredHere(
      "TRACE with 0",
      "RFC 9110 section 9.3.8; cross-site tracing: what comes back holds cookies and credentials",
      asked("TRACE", "Max-Forwards: 0", secret, "Authorization: secret"),
      { status: [405, 501] },
      "Refused: nobody needs it, and not to send back is always safe.",
    ),
  ],
};

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatConfigError } from "../../src/config/config-error.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import type { ErrorPageSettings } from "../../src/core/server/http-settings.ts";
import { http } from "./wrong-config.ts";

/** The files of a test, and how often each was read. */
class Files {
  readonly reads: string[] = [];
  readonly #files: Readonly<Record<string, string | Uint8Array>>;

  /** A text is what is said of a file that cannot be read. */
  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    this.#files = files;
  }

  read = (path: string, maxBytes: number): Uint8Array | string => {
    assert.equal(maxBytes, 65_536);
    this.reads.push(path);
    return this.#files[path] ?? `there is no ${path}`;
  };
}

function judge(pages: string, files: Files): { pages: readonly ErrorPageSettings[]; errors: readonly string[] } {
  const text = http(`errorPages: { ${pages} }`);
  const result = parseConfig(text, { file: "g.yaml", format: "yaml", env: { PAGES: "pages" }, readFile: files.read });
  if (!result.ok) return { pages: [], errors: result.errors.map(formatConfigError) };
  const [listener] = result.config.listeners;
  assert.ok(listener?.protocol === "http");
  return { pages: listener.http.errorPages, errors: [] };
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("error pages in files", () => {
  it("are what the files hold when the config is read", () => {
    const files = new Files({ "503.html": utf8("<h1>böse</h1>\n") });
    assert.deepEqual(judge("503: { file: 503.html }", files), {
      pages: [{ status: 503, contentType: "text/html; charset=utf-8", body: "<h1>böse</h1>\n" }],
      errors: [],
    });
  });

  it("are read once, however many name them", () => {
    const files = new Files({ "pages/all.html": utf8("x") });
    const { pages, errors } = judge("502: { file: pages/all.html }, 503: { file: '${PAGES}/all.html' }", files);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      pages.map(({ body }) => body),
      ["x", "x"],
    );
    assert.deepEqual(files.reads, ["pages/all.html"]);
  });

  for (const [file, type] of [
    ["a.html", "text/html; charset=utf-8"],
    ["a.HTM", "text/html; charset=utf-8"],
    ["a.b.json", "application/json"],
    ["/etc/a.txt", "text/plain; charset=utf-8"],
  ] as const) {
    it(`${file} is ${type}`, () => {
      const [page] = judge(`503: { file: ${file} }`, new Files({ [file]: utf8("x") })).pages;
      assert.equal(page?.contentType, type);
    });
  }

  it("are what the config says, whatever their names", () => {
    const files = new Files({ "a.html": utf8("x"), page: utf8("y") });
    const { pages } = judge("404: { file: a.html, contentType: a/b }, 503: { file: page, contentType: c/d }", files);
    assert.deepEqual(
      pages.map(({ contentType }) => contentType),
      ["a/b", "c/d"],
    );
  });

  it("are refused with their places", () => {
    const files = new Files({ "big.html": "it is too big", "latin1.html": Uint8Array.of(0xe4), "page.svg": utf8("x") });
    const where = "listeners.web.http.errorPages";
    for (const [pages, ...errors] of [
      ["503: { file: no.html }", 'g.yaml:2:77: File "no.html" cannot be read: there is no no.html'],
      ["503: { file: big.html }", 'g.yaml:2:77: File "big.html" cannot be read: it is too big'],
      ["503: { file: latin1.html }", 'g.yaml:2:77: File "latin1.html" is not text in UTF-8'],
      ["503: { file: 7 }", 'g.yaml:2:77: "file" is the number 7; expected the path of a file'],
      [
        "503: { file: page.svg }",
        `g.yaml:2:64: "contentType" is missing in ${where}.503, and the name "page.svg" does not tell it; expected a type such as text/plain; charset=utf-8`,
      ],
      [
        "503: { body: x, file: no.html }",
        'g.yaml:2:80: "body" and "file" are both set; expected one of them',
        'g.yaml:2:86: File "no.html" cannot be read: there is no no.html',
      ],
      [
        "503: { contentType: a/b }",
        `g.yaml:2:64: What to answer is missing in ${where}.503; expected "body" or "file"`,
      ],
      ["503: { fille: a.html }", 'g.yaml:2:71: Unknown key "fille" in an error page; did you mean "file"?'],
    ] as const) {
      assert.deepEqual(judge(pages, files).errors, errors, pages);
    }
  });
});

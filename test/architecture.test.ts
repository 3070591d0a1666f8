/**
 * Who may import whom: the table of ARCHITECTURE.md as a test. The compiler (a project a zone) and the linter say the
 * same while one types; this test also knows the layers inside core, and that the walls really bite.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What each zone may import, and whether at run time or only types. Anything else is refused. */
const zones: Readonly<Record<string, Readonly<Record<string, "all" | "types">>>> = {
  core: { core: "all" },
  config: { config: "all", core: "types" },
  control: { control: "all", config: "all", core: "all" },
  "adapters/compat": { "adapters/compat": "all", "core/runtime": "all" },
  "adapters/node": { "adapters/node": "all", "adapters/compat": "all", "core/runtime": "all" },
  "adapters/bun": { "adapters/bun": "all", "adapters/compat": "all", "core/runtime": "all" },
  "adapters/deno": { "adapters/deno": "all", "adapters/compat": "all", "core/runtime": "all" },
  "adapters/reactor": { "adapters/reactor": "all", "adapters/compat": "all", "core/runtime": "all" },
  cli: { "../package.json": "all", cli: "all", control: "all", config: "all", adapters: "all", core: "all" },
  "main.ts": { cli: "all", control: "all", config: "all", adapters: "all", core: "all" },
};

/** Packages and built-in modules: core takes none, config and control only packages. */
const noPackages = ["core"];
const noRuntime = ["core", "config", "control"];

/** The layers of core, top first. A file imports its own folder and what lies in a lower row; not its neighbours. */
const layers = [
  ["server"],
  ["tcp", "udp", "http"],
  ["middleware", "route", "relay"],
  ["upstream", "limits"],
  ["health", "balancer"],
  ["dial", "wire"],
  ["observe"],
  ["memory", "bytes"],
  ["runtime"],
];

/** Contracts that every layer and config speak: their types may be imported from anywhere below core and config. */
const sharedTypes = ["core/server/settings.ts", "core/server/http-settings.ts", "core/balancer/balancer.ts"];

/** Where a runtime may be asked for its name; everywhere else a difference is a capability. */
const mayNameRuntimes = /^(adapters\/|main\.ts$)/;

const maxLines = 500;

/** Source files by their path below src. */
type Sources = ReadonlyMap<string, string>;

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

describe("architecture", () => {
  const sources = readSources();

  it("holds in src", () => {
    assert.ok(sources.size > 0, "No source files found");
    assert.deepEqual(violations(sources), []);
  });

  /** One broken rule each, planted among the real files. */
  const planted: readonly (readonly [path: string, text: string, expected: RegExp])[] = [
    ["core/tcp/x.ts", 'import { connect } from "node:net";', /core imports no runtime module: "node:net"/],
    ["core/tcp/x.ts", 'import { parse } from "yaml";', /core imports no package: "yaml"/],
    ["core/tcp/x.ts", 'import x from "bun";', /core imports no runtime module: "bun"/],
    ["core/tcp/x.ts", 'export * from "npm:yaml";', /core imports no runtime module: "npm:yaml"/],
    ["core/tcp/x.ts", 'const net = await import("node:net");', /core imports no runtime module: "node:net"/],
    ["core/tcp/x.ts", "const net = await import(name);", /core computes what it imports/],
    ["core/tcp/x.ts", "const pid = Deno.pid;", /core names "Deno"/],
    ["core/tcp/x.ts", "Bun.gc();", /core names "Bun"/],
    [
      "core/tcp/x.ts",
      'import {\n  a,\n  b,\n} from "../../adapters/node/mod.ts";',
      /core may not import adapters\/node/,
    ],
    ["core/tcp/x.ts", 'import type { a } from "../../config/x.ts";', /core may not import config/],
    ["core/tcp/x.ts", 'import { y } from "../udp/y.ts";', /core\/tcp lies not above core\/udp/],
    ["core/runtime/x.ts", 'import { y } from "../bytes/y.ts";', /core\/runtime lies not above core\/bytes/],
    ["core/balancer/x.ts", 'import { y } from "../upstream/y.ts";', /core\/balancer lies not above core\/upstream/],
    [
      "core/balancer/x.ts",
      'import type { y } from "../upstream/y.ts";',
      /core\/balancer lies not above core\/upstream/,
    ],
    ["core/tcp/x.ts", 'import { type y } from "../server/settings.ts";', /core\/tcp lies not above core\/server/],
    ["core/novel/x.ts", "export const x = 1;", /core\/novel is no layer/],
    ["core/tcp/x.ts", 'import { y } from "../runtime/y";', /"\.\.\/runtime\/y" has no extension/],
    ["config/x.ts", 'import { y } from "../core/runtime/address.ts";', /config may import only types of core/],
    ["config/x.ts", 'import { readFile } from "node:fs";', /config imports no runtime module: "node:fs"/],
    ["config/x.ts", 'import { y } from "../control/y.ts";', /config may not import control/],
    ["control/x.ts", 'import { readFile } from "node:fs";', /control imports no runtime module: "node:fs"/],
    ["control/x.ts", 'import { y } from "../adapters/compat/y.ts";', /control may not import adapters\/compat/],
    ["adapters/node/x.ts", 'import { y } from "../bun/y.ts";', /adapters\/node may not import adapters\/bun/],
    ["adapters/bun/x.ts", 'import { y } from "../../core/tcp/y.ts";', /adapters\/bun may not import core\/tcp/],
    ["adapters/bun/x.ts", 'import { y } from "../../cli/y.ts";', /adapters\/bun may not import cli/],
    ["cli/x.ts", 'import { y } from "../main.ts";', /cli may not import main\.ts/],
    ["elsewhere/x.ts", "export const x = 1;", /elsewhere is no zone/],
    ["cli/x.ts", 'if (runtime.name === "bun") stop();', /asks for the runtime's name/],
    ["core/tcp/x.ts", 'switch (name) {\n  case "deno":\n}', /asks for the runtime's name/],
    ["core/tcp/x.ts", "\n".repeat(maxLines + 1), /has 501 lines/],
  ];
  for (const [path, text, expected] of planted) {
    it(`refuses in ${path}: ${text.trim().replaceAll("\n", " ") || "too many lines"}`, () => {
      const found = violations(new Map([[path, text]]));
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", expected);
    });
  }

  it("refuses a cycle of imports, and lets one of types be", () => {
    const a = 'import { b } from "./b.ts";\nexport const a = b;';
    const b = 'import { a } from "./a.ts";\nexport const b = () => a;';
    const cycle = new Map([
      ["cli/a.ts", a],
      ["cli/b.ts", b],
    ]);
    assert.deepEqual(violations(cycle), ["cli/a.ts: imports itself: cli/a.ts -> cli/b.ts -> cli/a.ts"]);
    const types = new Map([
      ["cli/a.ts", a],
      ["cli/b.ts", b.replace("import {", "import type {")],
    ]);
    assert.deepEqual(violations(types), []);
  });

  it("allows what the table allows", () => {
    const allowed: readonly (readonly [path: string, text: string])[] = [
      ["core/server/x.ts", 'import { y } from "../tcp/y.ts";\nimport { z } from "./z.ts";'],
      ["core/upstream/x.ts", 'import type { ProxySettings } from "../server/settings.ts";'],
      ["core/observe/x.ts", '// import { connect } from "node:net"; and Deno.listen are for the adapters'],
      ["core/observe/x.ts", 'export const hint = "Bun.listen is not here";'],
      ["config/x.ts", 'import type { y } from "../core/server/settings.ts";\nimport { parse } from "yaml";'],
      ["control/x.ts", 'import { Hono } from "hono";\nimport { y } from "../core/server/y.ts";'],
      ["adapters/deno/x.ts", 'import { y } from "../compat/y.ts";\nimport { x } from "../../core/runtime/x.ts";'],
      ["adapters/deno/y.ts", 'import { connect } from "node:net";'],
      ["main.ts", 'if (name === "bun") await import("./adapters/bun/mod.ts");'],
    ];
    for (const [path, text] of allowed) assert.deepEqual(violations(new Map([[path, text]])), [], text);
  });

  it("is what the compiler enforces in core", () => {
    const bad = [
      'import "node:net";',
      "process.exit();",
      "Buffer.alloc(1);",
      "setTimeout(() => {}, 1);",
      "console.log(1);",
      'void fetch("http://localhost");',
      "performance.now();",
      "queueMicrotask(() => {});",
      "Bun.gc();",
      "Deno.exit();",
      "enum Color {}",
      "export const unannotated = [1].map(String);",
    ];
    const good = "export const stop: AbortSignal = new AbortController().signal;";
    assert.deepEqual(compileInCore([...bad, good]), bad);
  });

  it("names the same version and license for npm and Deno", () => {
    const npm = readJson("package.json");
    const deno = readJson("deno.json");
    assert.equal(deno["version"], npm["version"]);
    assert.equal(deno["license"], npm["license"]);
  });
});

/** Compiles each line as a module of core, with core's own configuration, and returns those that are refused. */
function compileInCore(lines: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "geryon-wall-"));
  try {
    for (const [index, line] of lines.entries())
      writeFileSync(join(folder, `line${index}.ts`), `${line}\nexport {};\n`);
    const config = {
      extends: join(root, "src/core/tsconfig.json"),
      include: ["*.ts", join(root, "src/core/globals.d.ts")],
      compilerOptions: { noEmit: true, composite: false, incremental: false, emitDeclarationOnly: false, rootDir: "/" },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const node = join(root, "node_modules/.bin/node");
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(node, [tsc, "-p", folder, "--pretty", "false"], { encoding: "utf8" });
    const refused = new Set(
      Array.from(stdout.matchAll(/line(\d+)\.ts\(1,\d+\): error TS/g), (match) => Number(match[1])),
    );
    assert.match(stdout, /error TS/, `The compiler found nothing: ${stdout}`);
    assert.doesNotMatch(stdout, /^error TS/m, `The compiler could not start: ${stdout}`);
    return lines.filter((_, index) => refused.has(index));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All that is wrong with a set of sources, as `file: what`. */
function violations(sources: Sources): string[] {
  const found: string[] = [];
  const edges = new Map<string, string[]>();
  for (const [path, text] of sources) {
    const add = (what: string): void => void found.push(`${path}: ${what}`);
    const zone = zoneOf(path);
    if (zone === undefined) {
      add(`${path.split("/")[0]} is no zone`);
      continue;
    }
    const code = withoutComments(text);
    checkText(path, zone, text, code, add);
    const imports = importsOf(code);
    for (const { specifier, typeOnly } of imports) {
      if (specifier.startsWith(".")) checkFile(path, zone, specifier, typeOnly, add);
      else checkModule(zone, specifier, add);
    }
    const runtimeImports = imports.filter(({ specifier, typeOnly }) => specifier.startsWith(".") && !typeOnly);
    edges.set(
      path,
      runtimeImports.map(({ specifier }) => resolve(path, specifier)),
    );
  }
  return [...found, ...cycles(edges)];
}

type Add = (what: string) => void;

function checkText(path: string, zone: string, text: string, code: string, add: Add): void {
  const lines = text.split("\n").length - 1;
  if (lines > maxLines) add(`has ${lines} lines, at most ${maxLines} are allowed`);
  const named = /(?:[=!]==?\s*|\bcase\s+)"(?:node|bun|deno)"|"(?:node|bun|deno)"\s*[=!]==?/;
  if (!mayNameRuntimes.test(path) && named.test(code)) add("asks for the runtime's name; use a capability");
  if (zone !== "core") return;
  const layer = path.split("/")[1] ?? "";
  if (!path.endsWith(".d.ts") && rank(layer) === -1) add(`core/${layer} is no layer`);
  const global = /\b(?:Deno|Bun)(?=[.?[])/.exec(withoutStrings(code))?.[0];
  if (global !== undefined) add(`core names "${global}"`);
  if (/\bimport\(\s*[^"'\s]/.test(code)) add("core computes what it imports");
}

function checkFile(path: string, zone: string, specifier: string, typeOnly: boolean, add: Add): void {
  const target = resolve(path, specifier);
  if (!/\.(?:ts|json)$/.test(target)) return add(`"${specifier}" has no extension`);
  const allowed = zones[zone] ?? {};
  const key = Object.keys(allowed).find((name) => target === name || target.startsWith(`${name}/`));
  if (key === undefined) return add(`${zone} may not import ${folderOf(target)}`);
  if (allowed[key] === "types" && !typeOnly) return add(`${zone} may import only types of ${key}`);
  if (zone !== "core" || (typeOnly && sharedTypes.includes(target))) return;
  const from = path.split("/")[1] ?? "";
  const to = target.split("/")[1] ?? "";
  if (from !== to && rank(from) >= rank(to)) add(`core/${from} lies not above core/${to}`);
}

function checkModule(zone: string, specifier: string, add: Add): void {
  const runtime = /^(?:node:|bun$|bun:|deno:|npm:|jsr:|https?:)/.test(specifier);
  if (runtime && noRuntime.includes(zone)) add(`${zone} imports no runtime module: "${specifier}"`);
  else if (noPackages.includes(zone)) add(`${zone} imports no package: "${specifier}"`);
}

function zoneOf(path: string): string | undefined {
  return Object.keys(zones).find((zone) => path === zone || path.startsWith(`${zone}/`));
}

/** The row of a layer in the table, -1 when it is not there. */
function rank(layer: string): number {
  return layers.findIndex((row) => row.includes(layer));
}

function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

/** How a file is named in a message: by its first two folders, or less. */
function folderOf(target: string): string {
  const [first = "", second = ""] = target.split("/");
  return first === "adapters" || first === "core" ? `${first}/${second}` : first;
}

/** Each cycle once, from its first file in the order of the map. */
function cycles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) found.push(`${path}: imports itself: ${[...trail.slice(start), path].join(" -> ")}`);
    if (start !== -1 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

/** Every static and dynamic import and re-export. The formatter keeps static ones at the start of a line. */
function importsOf(code: string): Import[] {
  const found: Import[] = [];
  const fixed = /^(?:import|export)\s+(type\s+(?!from\b))?(?:[\w*{][^;"']*?\s*from\s*)?["']([^"'\n]+)["']/gm;
  for (const [, type, specifier = ""] of code.matchAll(fixed)) found.push({ specifier, typeOnly: type !== undefined });
  for (const [, specifier = ""] of code.matchAll(/\bimport\(\s*["']([^"']+)["']/g)) {
    found.push({ specifier, typeOnly: false });
  }
  return found;
}

/** Blanks comments; strings are skipped, so that `"//"` in one is not taken for a comment. */
function withoutComments(text: string): string {
  const parts = /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/.*/g;
  return text.replace(parts, (match, quoted: string | undefined) => (quoted === undefined ? " " : match));
}

function withoutStrings(code: string): string {
  return code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '""');
}

function readSources(): Sources {
  const folder = join(root, "src");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
  const files = paths.filter((path) => path.endsWith(".ts")).toSorted();
  return new Map(files.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

function readJson(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, name), "utf8")) as Record<string, unknown>;
}

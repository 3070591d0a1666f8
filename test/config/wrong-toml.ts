/** Wrong TOML configs with everything that is said about them. */
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is named `g.toml`. */
export const wrongToml: readonly WrongConfig[] = [
{ name: "an empty file", lines: [
      "",
    ], errors: [
      "g.toml:1:1: Config is empty; expected a map with \"listeners\" and \"upstreams\"",
    ] },
{ name: "text without quotes", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "idleTimeout = 10m",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:4:17: TOML syntax: Must be a newline; put quotes around text",
    ] },
{ name: "a missing value", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "idleTimeout =",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:5:1: TOML syntax: The key, equals sign, and value must be on the same line",
    ] },
{ name: "a key set twice", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "address = \":81\"",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:4:1: Key \"address\" is set twice; remove one of the two",
    ] },
{ name: "a table set twice", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "[listeners.web]",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:4:12: Key \"web\" is set twice; remove one of the two",
    ] },
{ name: "an unclosed text", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "idleTimeout = \"10m",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:4:19: TOML syntax: Unterminated string constant",
    ] },
{ name: "an unknown key", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "idelTimeout = \"10m\"",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:4:1: Unknown key \"idelTimeout\" in a listener; did you mean \"idleTimeout\"?",
    ] },
{ name: "an unknown table", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "[listener.other]",
      "address = \":81\"",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:4:2: Unknown key \"listener\" at the top level; expected listeners, upstreams, drainTimeout, log or admin",
    ] },
{ name: "a missing key in a table", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "",
      "[upstreams.app]",
      "policy = \"p2c\"",
      "",
    ], errors: [
      "g.toml:1:12: \"upstream\" is missing in listeners.web; expected the name of an upstream",
      "g.toml:4:12: \"endpoints\" is missing in upstreams.app; expected the endpoints, at least one",
    ] },
{ name: "a date", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "idleTimeout = 2026-01-01",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:4:15: \"idleTimeout\" is a date; expected a duration from 1ms to 24d",
    ] },
{ name: "a number for a duration", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "idleTimeout = 600",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:4:15: Duration \"600\" has no unit; expected a duration such as 500ms, 30s or 1h30m; write \"600s\" or \"600ms\"",
    ] },
{ name: "an infinite number", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "backlog = inf",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:4:11: \"backlog\" is Infinity; expected a whole number from 1 to 65535",
    ] },
{ name: "a dotted key", lines: [
      "log.level = \"warn\"",
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:1:13: \"level\" is the text \"warn\"; expected debug, info, warning or error; did you mean \"warning\"?",
    ] },
{ name: "a list of tables", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "",
      "[[upstreams.app.endpoints]]",
      "address = \"10.0.0.1:80\"",
      "",
      "[[upstreams.app.endpoints]]",
      "address = \"10.0.0.2\"",
      "weight = 0",
      "",
    ], errors: [
      "g.toml:9:11: Address \"10.0.0.2\" has no port; expected HOST:PORT, [IPV6]:PORT or unix:/PATH; write \"10.0.0.2:PORT\"",
      "g.toml:10:10: \"weight\" is 0; expected a whole number from 1 to 256",
    ] },
{ name: "an unset variable in an inline table", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "[upstreams]",
      "app = { endpoints = [{ address = \"10.0.0.1:80\", weight = \"${WEIGHT}\" }], retries = \"${MANY}\" }",
      "",
    ], errors: [
      "g.toml:5:59: Environment variable \"WEIGHT\" is not set; set it, or give a default: ${WEIGHT:-VALUE}",
      "g.toml:5:84: \"retries\" is 500; expected a whole number from 0 to 100",
    ] },
{ name: "Windows line ends", lines: [
      "[listeners.web]\r",
      "address = \":80\"\r",
      "upstream = \"app\"\r",
      "idleTimeout = \"x\"\r",
      "[upstreams.app]\r",
      "endpoints = [\"10.0.0.1:80\"]\r",
      "",
    ], errors: [
      "g.toml:4:15: Duration \"x\" is not readable; expected a duration such as 500ms, 30s or 1h30m",
    ] },
{ name: "an unknown upstream", lines: [
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"aap\"",
      "",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:3:12: Unknown upstream \"aap\"; expected app; did you mean \"app\"?",
    ] },
{ name: "a dotted key without end", lines: [
      "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1",
      "[listeners.web]",
      "address = \":80\"",
      "upstream = \"app\"",
      "",
      "[upstreams.app]",
      "endpoints = [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.toml:1:1: Key is nested more than 64 levels deep",
    ] },
];

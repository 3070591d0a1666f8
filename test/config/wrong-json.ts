/** Wrong JSON configs with everything that is said about them. */
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is named `g.json`. */
export const wrongJson: readonly WrongConfig[] = [
{ name: "an empty file", lines: [
      "",
      "",
    ], errors: [
      "g.json:1:1: Config is empty; expected a map with \"listeners\" and \"upstreams\"",
    ] },
{ name: "a list at the top", lines: [
      "[]",
      "",
    ], errors: [
      "g.json:1:1: Config is a list; expected a map with \"listeners\" and \"upstreams\"",
    ] },
{ name: "a comma too many", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:64: JSON syntax: Unexpected \"}\"; expected a key in double quotes; remove the comma before it",
    ] },
{ name: "a comma too many in a list", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\" } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\",] } }",
      "}",
      "",
    ], errors: [
      "g.json:3:55: JSON syntax: Unexpected \"]\"; expected a value; remove the comma before it",
    ] },
{ name: "a missing comma", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\" \"backlog\": 1 } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:63: JSON syntax: Unexpected \"\\\"\"; expected \",\" or \"}\"",
    ] },
{ name: "a comment", lines: [
      "{",
      "  // mine",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\" } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:3: JSON syntax: Comments are not part of JSON; use YAML or TOML for a config with comments",
    ] },
{ name: "single quotes", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", 'backlog': 1 } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:64: JSON syntax: Unexpected \"'\"; expected a key in double quotes",
    ] },
{ name: "a value without quotes", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"idleTimeout\": 10m } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:79: JSON syntax: Unexpected \"1\"; expected a value; put text into double quotes",
    ] },
{ name: "a word without quotes", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"protocol\": tcp } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:76: JSON syntax: Unexpected \"t\"; expected a value; put text into double quotes",
    ] },
{ name: "a key without quotes", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", backlog: 1 } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:64: JSON syntax: Unexpected \"b\"; expected a key in double quotes",
    ] },
{ name: "an unknown escape", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"idleTimeout\": \"\\x\" } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:80: JSON syntax: Escape \"\\\\x\" is not known; for a backslash write \"\\\\\"",
    ] },
{ name: "text over a line end", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"idleTimeout\": \"10",
      "m\" } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:79: JSON syntax: Text has no closing quote on its line",
    ] },
{ name: "a file that ends too early", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"a",
    ], errors: [
      "g.json:2:57: JSON syntax: Text has no closing quote on its line",
    ] },
{ name: "text after the end", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\" } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "{}",
    ], errors: [
      "g.json:5:1: JSON syntax: Text goes on after the end of the config; expected one JSON value",
    ] },
{ name: "a key set twice", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"address\": \":81\" } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:64: Key \"address\" is already set on line 2; remove one of the two",
    ] },
{ name: "an unknown key", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"back_log\": 1, \"tls\": {} } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:64: Unknown key \"back_log\" in a listener; did you mean \"backlog\"?",
      "g.json:2:79: Unknown key \"tls\" in a listener; expected address, protocol, upstream, idleTimeout, finTimeout, buffer, backlog, keepAlive or ipv6Only",
    ] },
{ name: "null", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"idleTimeout\": null } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:79: \"idleTimeout\" is empty; expected a duration from 1ms to 24d",
    ] },
{ name: "__proto__ as a key", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"__proto__\": {} } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:64: Key \"__proto__\" is not allowed",
    ] },
{ name: "an unset variable", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"idleTimeout\": \"${IDLE}\" } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:80: Environment variable \"IDLE\" is not set; set it, or give a default: ${IDLE:-VALUE}",
    ] },
{ name: "too deep", lines: [
      "{",
      "  \"listeners\": { \"web\": { \"address\": \":80\", \"upstream\": \"app\", \"x\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] } },",
      "  \"upstreams\": { \"app\": { \"endpoints\": [\"10.0.0.1:80\"] } }",
      "}",
      "",
    ], errors: [
      "g.json:2:131: JSON syntax: Value is nested more than 64 levels deep",
    ] },
];

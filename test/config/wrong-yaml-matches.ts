/** YAML configs with wrong matches of routes, with everything that is said about them. */
import { match, route } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is called `g.yaml`. */
export const wrongYamlMatches: readonly WrongConfig[] = [
  {
    name: "a host that is a URL",
    text: match("host: http://a.example/x"),
    errors: [
      'g.yaml:7:46: Host "http://a.example/x" is a URL; expected a host such as app.example, *.app.example or [::1]; write "a.example"',
    ],
  },
  {
    name: "a host with a port",
    text: match('host: "a.example:8080"'),
    errors: [
      'g.yaml:7:46: Host "a.example:8080" has a port, which is not matched; expected a host such as app.example, *.app.example or [::1]; write "a.example"; which port it is, "listeners" says',
    ],
  },
  {
    name: "a star that is any host",
    text: match('host: "*"'),
    errors: [
      'g.yaml:7:46: Host "*" is any host; expected a host such as app.example, *.app.example or [::1]; leave out "host"',
    ],
  },
  {
    name: "a star in a part",
    text: match('host: "a*.example"'),
    errors: [
      'g.yaml:7:46: Host "a*.example" has a star that is not its whole first part; expected a host such as app.example, *.app.example or [::1]; write "*.example" for all below it',
    ],
  },
  {
    name: "a star in the middle",
    text: match('host: ["b.example", "a.*.example"]'),
    errors: [
      'g.yaml:7:60: Host "a.*.example" has a star that is not its whole first part; expected a host such as app.example, *.app.example or [::1]',
    ],
  },
  {
    name: "a star before an IP address",
    text: match('host: "*.10.0.0.1"'),
    errors: [
      'g.yaml:7:46: Host "*.10.0.0.1" is a star before an IP address; expected a host such as app.example, *.app.example or [::1]',
    ],
  },
  {
    name: "an IPv6 host without brackets",
    text: match('host: "::1"'),
    errors: [
      'g.yaml:7:46: Host "::1" is IPv6 without brackets; expected a host such as app.example, *.app.example or [::1]; write "[::1]"',
    ],
  },
  {
    name: "a host in brackets that is none",
    text: match('host: "[a]"'),
    errors: [
      'g.yaml:7:46: "a" in brackets is not an IPv6 address; expected a host such as app.example, *.app.example or [::1]',
    ],
  },
  {
    name: "a host with a space",
    text: match('host: "a b"'),
    errors: [
      'g.yaml:7:46: Host "a b" has the character " "; expected an IP address or a name of letters, digits, dots and hyphens',
    ],
  },
  {
    name: "a host that is empty",
    text: match('host: ""'),
    errors: ["g.yaml:7:46: Host is empty; expected a host such as app.example, *.app.example or [::1]"],
  },
  {
    name: "no hosts",
    text: match("host: []"),
    errors: ['g.yaml:7:46: "host" is empty; expected at least one'],
  },
  {
    name: "a host that is a number",
    text: match("host: 1"),
    errors: ['g.yaml:7:46: "host" is the number 1; expected a host such as app.example, *.app.example or [::1]'],
  },
  {
    name: "a path that does not start with a slash",
    text: match("path: api"),
    errors: [
      'g.yaml:7:46: Path "api" does not start with "/"; expected a path from the root such as /api; write "/api"',
    ],
  },
  {
    name: "a path that is a URL",
    text: match("path: http://a.example/x"),
    errors: [
      'g.yaml:7:46: Path "http://a.example/x" is a URL; expected a path from the root such as /api; write "/x"; its host is "host"',
    ],
  },
  {
    name: "a path with a query",
    text: match('path: "/a?b=1"'),
    errors: [
      'g.yaml:7:46: Path "/a?b=1" has a query in it; expected a path from the root such as /api; write "/a"; what is behind the "?" is "query"',
    ],
  },
  {
    name: "a path with a fragment",
    text: match('pathPrefix: "/a#b"'),
    errors: [
      'g.yaml:7:52: Path "/a#b" has a fragment in it; expected a path from the root such as /api; leave out what follows the "#"; it is not sent',
    ],
  },
  {
    name: "a path with a space",
    text: match('pathPrefix: "/a b"'),
    errors: [
      'g.yaml:7:52: Path "/a b" has a space in it; expected a path from the root such as /api; write "%20" for it',
    ],
  },
  {
    name: "a path with a backslash",
    text: match("pathPrefix: '/a\\b'"),
    errors: [
      'g.yaml:7:52: Path "/a\\\\b" has a backslash in it; expected a path from the root such as /api; write "/" for it',
    ],
  },
  {
    name: "a path with a line break",
    text: match('path: "/a\\nb"'),
    errors: [
      'g.yaml:7:46: Path "/a\\nb" has a control character in it; expected a path from the root such as /api; leave it out',
    ],
  },
  {
    name: "a path beyond ASCII",
    text: match("path: /größe"),
    errors: [
      'g.yaml:7:46: Path "/größe" has letters beyond ASCII in it; expected a path from the root such as /api; write them percent-encoded',
    ],
  },
  {
    name: "a path with dots",
    text: match("path: /a/../b"),
    errors: [
      'g.yaml:7:46: Path "/a/../b" has the part "..", which no path that is matched has; expected a path from the root such as /api; requests are matched after such parts are resolved',
    ],
  },
  {
    name: "a path with encoded dots",
    text: match("path: /a/%2E%2e/b"),
    errors: [
      'g.yaml:7:46: Path "/a/%2E%2e/b" has the part "%2E%2e", which no path that is matched has; expected a path from the root such as /api; requests are matched after such parts are resolved',
    ],
  },
  {
    name: "a path with a percent sign",
    text: match("path: /100%"),
    errors: [
      'g.yaml:7:46: Path "/100%" has a "%" without two hex digits; expected a path from the root such as /api; write "%25" for the character itself',
    ],
  },
  {
    name: "an endless path",
    text: match(`path: /${"a".repeat(2048)}`),
    errors: ["g.yaml:7:46: Path is 2049 characters long; expected at most 2048"],
  },
  {
    name: "a template with braces",
    text: match('pathTemplate: "/users/{id}"'),
    errors: [
      'g.yaml:7:54: Template "/users/{id}" has a name in braces; expected a path such as /users/:id or /files/*rest; write "/users/:id"',
    ],
  },
  {
    name: "a template with two equal names",
    text: match('pathTemplate: "/a/:id/b/:id"'),
    errors: ['g.yaml:7:54: Template "/a/:id/b/:id" has the name "id" twice; expected each name once'],
  },
  {
    name: "a template with a rest in the middle",
    text: match('pathTemplate: "/a/*rest/b"'),
    errors: [
      'g.yaml:7:54: "*rest" in template "/a/*rest/b" is not its last part; expected a path such as /users/:id or /files/*rest',
    ],
  },
  {
    name: "a template without a name",
    text: match('pathTemplate: "/a/:/b"'),
    errors: ['g.yaml:7:54: ":" in template "/a/:/b" has no name; expected a name of letters, digits and "_"'],
  },
  {
    name: "a template with a name that is none",
    text: match('pathTemplate: "/a/:a-b"'),
    errors: ['g.yaml:7:54: ":" in template "/a/:a-b" is followed by "a-b"; expected a name of letters, digits and "_"'],
  },
  {
    name: "a template that does not start with a slash",
    text: match('pathTemplate: "users/:id"'),
    errors: [
      'g.yaml:7:54: Path "users/:id" does not start with "/"; expected a path from the root such as /api; write "/users/:id"',
    ],
  },
  {
    name: "several paths",
    text: match("path: /a, pathPrefix: /b, pathRegex: c"),
    errors: [
      'g.yaml:7:50: "path" and "pathPrefix" are both set; expected one of them',
      'g.yaml:7:66: "path" and "pathRegex" are both set; expected one of them',
    ],
  },
  {
    name: "an expression that is empty",
    text: match('pathRegex: ""'),
    errors: ["g.yaml:7:51: Expression is empty; expected an ECMAScript regular expression"],
  },
  {
    name: "an expression between slashes",
    text: match("pathRegex: /a.*/i"),
    errors: [
      'g.yaml:7:51: Expression "/a.*/i" is written between slashes, with flags; expected the expression alone; write "a.*"',
    ],
  },
  {
    name: "an expression that is too long",
    text: match(`pathRegex: ${"a".repeat(513)}`),
    errors: ["g.yaml:7:51: Expression is 513 characters long; expected at most 512"],
  },
  {
    name: "an expression that repeats a repetition",
    text: match('pathRegex: "/(a+)+b"'),
    errors: [
      'g.yaml:7:51: Expression "/(a+)+b" repeats what can match in several ways: "(a+)+"; a crafted request could keep it busy for hours: repeat only what can match in one way',
    ],
  },
  {
    name: "an expression that repeats what may be absent",
    text: match('pathRegex: "/(?:ab?)*"'),
    errors: [
      'g.yaml:7:51: Expression "/(?:ab?)*" repeats what can match in several ways: "(?:ab?)*"; a crafted request could keep it busy for hours: repeat only what can match in one way',
    ],
  },
  {
    name: "an expression that repeats alternatives which begin alike",
    text: match('pathRegex: "/(?:a|ab)+"'),
    errors: [
      'g.yaml:7:51: Expression "/(?:a|ab)+" repeats what can match in several ways: "(?:a|ab)+"; a crafted request could keep it busy for hours: repeat only what can match in one way',
    ],
  },
  {
    name: "an expression that repeats alternatives of a class",
    text: match('pathRegex: "/(?:\\\\w|-)+"'),
    errors: [
      'g.yaml:7:51: Expression "/(?:\\\\w|-)+" repeats what can match in several ways: "(?:\\\\w|-)+"; a crafted request could keep it busy for hours: repeat only what can match in one way',
    ],
  },
  {
    name: "an expression that repeats often what has no end",
    text: match('pathRegex: "(a+){3}"'),
    errors: [
      'g.yaml:7:51: Expression "(a+){3}" repeats what can match in several ways: "(a+){3}"; a crafted request could keep it busy for hours: repeat only what can match in one way',
    ],
  },
  {
    name: "an expression with many repetitions of any character",
    text: match('pathRegex: ".*a.*b.*c"'),
    errors: [
      'g.yaml:7:51: Expression ".*a.*b.*c" repeats what can match in several ways: ".*a.*b.*"; a crafted request could keep it busy for hours: repeat only what can match in one way',
    ],
  },
  {
    name: "a method in lower case",
    text: match("methods: [get]"),
    errors: [
      'g.yaml:7:50: Method "get" is in lower case, which is another method; expected a method such as GET or POST; write "GET"',
    ],
  },
  {
    name: "a method that is none",
    text: match('methods: ["GET POST", ""]'),
    errors: [
      'g.yaml:7:50: "GET POST" is not a method; expected a method such as GET or POST',
      'g.yaml:7:62: "" is not a method; expected a method such as GET or POST',
    ],
  },
  {
    name: "CONNECT",
    text: match("methods: [CONNECT]"),
    errors: ["g.yaml:7:50: Method CONNECT is not proxied; expected a method such as GET or POST"],
  },
  {
    name: "methods as text",
    text: match("methods: GET"),
    errors: ['g.yaml:7:49: "methods" is the text "GET"; expected a list; write ["GET"]'],
  },
  {
    name: "no methods",
    text: match("methods: []"),
    errors: ['g.yaml:7:49: "methods" is empty; expected at least one'],
  },
  {
    name: "a header name that is none",
    text: match('headers: { "x a": "1" }'),
    errors: ['g.yaml:7:51: Header name "x a" is not allowed; expected a name of letters, digits and hyphens'],
  },
  {
    name: "a header value that is a number",
    text: match("headers: { x-api-version: 2 }"),
    errors: [
      'g.yaml:7:66: "x-api-version" is the number 2; expected text in quotes, or a map with prefix, regex or present; write "2"',
    ],
  },
  {
    name: "a header value that is a list",
    text: match("headers: { x-a: [1] }"),
    errors: ['g.yaml:7:56: "x-a" is a list; expected text in quotes, or a map with prefix, regex or present'],
  },
  {
    name: "a header value with a line break",
    text: match('headers: { x-a: "a\\r\\nb" }'),
    errors: ['g.yaml:7:56: Header value "a\\r\\nb" has a control character in it; leave it out'],
  },
  {
    name: "a header match of two kinds",
    text: match("headers: { x-a: { prefix: a, present: true } }"),
    errors: ['g.yaml:7:69: "prefix" and "present" are both set; expected one of them'],
  },
  {
    name: "a header match that is empty",
    text: match("headers: { x-a: {} }"),
    errors: [
      'g.yaml:7:56: Match of "x-a" is empty; expected prefix, regex or present; write "present: true" for any value',
    ],
  },
  {
    name: "a header match of a kind nobody knows",
    text: match("headers: { x-a: { exact: a } }"),
    errors: ['g.yaml:7:58: Unknown key "exact" in a header match; expected prefix, regex or present'],
  },
  {
    name: "a header match with a bad expression",
    text: match('headers: { x-a: { regex: "(a*)*" } }'),
    errors: [
      'g.yaml:7:65: Expression "(a*)*" repeats what can match in several ways: "(a*)*"; a crafted request could keep it busy for hours: repeat only what can match in one way',
    ],
  },
  {
    name: "a header twice",
    text: match('headers: { X-A: "1", x-a: "2" }'),
    errors: ['g.yaml:7:61: Header "x-a" is already there as "X-A"; expected each name once'],
  },
  {
    name: "a query value that is true",
    text: match("query: { debug: true }"),
    errors: [
      'g.yaml:7:56: "debug" is true; expected text in quotes, or a map with prefix, regex or present; write "true"',
    ],
  },
  {
    name: "a query match that is no flag",
    text: match("query: { debug: { present: yes } }"),
    errors: ['g.yaml:7:67: "present" is the text "yes"; expected true or false; write true'],
  },
  {
    name: "an empty parameter name",
    text: match('query: { "": "1" }'),
    errors: ['g.yaml:7:49: Parameter name "" is not allowed; expected 1 to 256 characters'],
  },
  {
    name: "clients that are no blocks",
    text: match('clients: [localhost, "10.0.0.1/33", "10.0.0.1/8", "fd00::1/8", "[::1]", "10.0.0.0/08", "::/129"]'),
    errors: [
      'g.yaml:7:50: "localhost" is not a block of addresses; expected an IP address, or a block such as 10.0.0.0/8 or fd00::/8',
      'g.yaml:7:61: Block "10.0.0.1/33" has the prefix length "33"; expected a whole number from 0 to 32',
      'g.yaml:7:76: Block "10.0.0.1/8" does not begin at its first address; write "10.0.0.0/8" for the block, or "10.0.0.1" for the address',
      'g.yaml:7:90: Block "fd00::1/8" does not begin at its first address; write "fd00::/8" for the block, or "fd00::1" for the address',
      'g.yaml:7:103: "[::1]" is not a block of addresses; expected an IP address, or a block such as 10.0.0.0/8 or fd00::/8; write "::1"',
      'g.yaml:7:112: Block "10.0.0.0/08" has the prefix length "08"; expected a whole number from 0 to 32',
      'g.yaml:7:127: Block "::/129" has the prefix length "129"; expected a whole number from 0 to 128',
    ],
  },
  {
    name: "words of other proxies for matches",
    text: match("hostname: a, verb: [GET], prefix: /a"),
    errors: [
      'g.yaml:7:40: Unknown key "hostname" in match; did you mean "host"?',
      'g.yaml:7:53: Unknown key "verb" in match; did you mean "methods"?',
      'g.yaml:7:66: Unknown key "prefix" in match; did you mean "pathPrefix"?',
    ],
  },
  {
    name: "match as text",
    text: route("upstream: app, match: /api"),
    errors: ['g.yaml:7:38: "match" is the text "/api"; expected a map'],
  },
];

import { forwarded, head, refused, seen, type Case, type Theme } from "../case.ts";

const line = "GET / HTTP/1.1";

function bad(name: string, why: string, ...fields: string[]): Case {
  return refused(name, why, head(line, ...fields));
}

function good(name: string, why: string, host: string): Case {
  return forwarded(name, why, head(line, `Host: ${host}`), seen("GET /", { host }));
}

const section = "RFC 9112 section 3.2: an invalid Host is 400";

/** Whom a request is for. */
export const hostCases: Theme = {
  name: "host",
  profile: "bare",
  cases: [
    bad("missing", "RFC 9112 section 3.2: 400 without a Host", "Accept: */*"),
    bad("twice, different", "RFC 9112 section 3.2: 400 with more than one", "Host: a.test", "Host: b.test"),
    bad("twice, equal", "RFC 9112 section 3.2: 400 with more than one", "Host: a.test", "Host: a.test"),
    bad(
      "twice, other case of the name",
      "RFC 9110 section 5.1: names are case-insensitive",
      "Host: a.test",
      "hOST: b.test",
    ),
    bad(
      "twice, the second far behind",
      "RFC 9112 section 3.2",
      "Host: a.test",
      "Accept: */*",
      "X-A: 1",
      "Host: b.test",
    ),
    bad("a list", section, "Host: a.test, b.test"),
    bad(
      "empty",
      "RFC 9110 section 7.2: only where the target has no authority; Host says whom a gateway serves",
      "Host:",
    ),
    bad("white space only", "RFC 9110 section 7.2", "Host:    "),
    bad("user information", section, "Host: u@a.test"),
    bad("user information that looks like a host", section, "Host: a.test@b.test"),
    bad("a path", section, "Host: a.test/x"),
    bad("a query", section, "Host: a.test?x"),
    bad("a fragment", section, "Host: a.test#x"),
    bad("a URL", section, "Host: http://a.test"),
    bad("a space inside", section, "Host: a.test b.test"),
    bad("a tab inside", section, "Host: a.test\tb.test"),
    bad("a backslash", section, "Host: a.test\\b"),
    bad("a quotation mark", section, 'Host: "a.test"'),
    bad("angle brackets", section, "Host: <a.test>"),
    bad("a control character", section, "Host: a\x01.test"),
    bad("NUL", section, "Host: a.test\0.b.test"),
    bad("raw bytes above 0x7f", section, "Host: \xe4.test"),
    bad("a port that is no number", section, "Host: a.test:8x"),
    bad("a port with a sign", section, "Host: a.test:+80"),
    bad("a negative port", section, "Host: a.test:-1"),
    bad("two ports", section, "Host: a.test:80:80"),
    bad("a port above 65535", "RFC 6335 section 6: 16 bits", "Host: a.test:65536"),
    bad("a port that overflows", "RFC 6335 section 6: 16 bits", "Host: a.test:4294967376"),
    bad("a port alone", "RFC 9110 section 4.2.1: an http URI has a host", "Host: :80"),
    bad("IPv6 without brackets", "RFC 3986 section 3.2.2", "Host: ::1"),
    bad("IPv6 with one bracket", "RFC 3986 section 3.2.2", "Host: [::1"),
    bad("empty brackets", "RFC 3986 section 3.2.2", "Host: []"),
    bad("text behind the brackets", "RFC 3986 section 3.2.2", "Host: [::1]x"),
    bad("no IPv6 in the brackets", "RFC 3986 section 3.2.2", "Host: [a.test]"),
    bad("space before the colon", "RFC 9112 section 5.1", "Host : a.test"),
    bad("folded", "RFC 9112 section 5.2", "Host:\r\n a.test"),
    bad(
      "an alias of Host",
      "GHSA-5m6w-wvh7-57vm: CGI makes one name of both",
      "Host: a.test",
      "X_Forwarded_Host: b.test",
    ),
    good("with a port", "RFC 9110 section 7.2", "a.test:8080"),
    good("an IPv4 address", "RFC 3986 section 3.2.2", "127.0.0.1:80"),
    good("an IPv6 address", "RFC 3986 section 3.2.2", "[::1]"),
    good("an IPv6 address with a port", "RFC 3986 section 3.2.2", "[2001:db8::1]:8080"),
    good("upper case", "RFC 9110 section 4.2.3: matched without case, forwarded as sent", "A.Test"),
    good("an underscore", "RFC 3986 section 3.2.2: a registered name may have one", "a_b.test"),
    forwarded(
      "white space around it",
      "RFC 9112 section 5: optional white space is no part of the value",
      head(line, "Host: \t a.test \t "),
      seen("GET /"),
    ),
    forwarded("no space behind the colon", "RFC 9112 section 5", head(line, "Host:a.test"), seen("GET /")),
    forwarded(
      "the last field, its name in other case",
      "RFC 9110 section 7.2: a sender SHOULD send it first; it is forwarded so",
      head(line, "Accept: */*", "hOsT: a.test"),
      seen("GET /", { fields: ["Accept: */*"] }),
    ),
  ],
};

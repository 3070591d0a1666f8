import { forwarded, get, head, refused, seen, type Case, type Theme } from "../case.ts";

const dots = "RFC 3986 section 5.2.4; CVE-2021-29492 (Envoy), CVE-2021-31920 (Istio)";
const slashes = "CVE-2025-66490 (Traefik): an encoded slash is one to some";

function canonical(target: string, to: string, why: string): Case {
  return forwarded(`${target} is ${to}`, why, get(target), seen(`GET ${to}`));
}

function kept(target: string, why: string): Case {
  return forwarded(`${target} stays`, why, get(target), seen(`GET ${target}`));
}

/** The framing is sound: the error may leave the connection open. */
function bad(target: string, why: string): Case {
  const one = refused(`${JSON.stringify(target).slice(1, -1)} is refused`, why, get(target));
  return { ...one, expect: { ...one.expect, closed: false } };
}

function withSlashes(one: Case): Case {
  return { ...one, name: `${one.name}, where slashes are kept`, profile: "keepSlashes" };
}

/** One path for matching, for middleware and for the origin. */
export const paths: Theme = {
  name: "path canonicalisation",
  profile: "bare",
  cases: [
    kept("/", "RFC 3986 section 6.2"),
    kept("/a/b", "RFC 3986 section 6.2"),
    kept("/a/", "RFC 3986 section 6.2: a slash at the end means something"),
    kept("/a/...", "three dots are a name"),
    kept("/.a/b..", "dots of a name"),
    kept("/a.b/..c", "dots of a name"),
    kept("/a;x=1/b;y", "RFC 3986 section 3.3: parameters belong to the segment"),
    kept("/a;x=../b", "the segment is a;x=.., a name"),
    kept("/a+b", "RFC 3986 section 2.2"),
    kept("/a%20b", "RFC 3986 section 2.1"),
    kept("/a%2Bb", "RFC 3986 section 2.2: + and %2B are not the same"),
    kept("/%E2%82%AC", "RFC 3986 section 2.5: UTF-8"),
    kept("/%FF", "RFC 3986 section 2.1: not all bytes are UTF-8"),
    kept("/a:b@c,d!$&'()*=", "RFC 3986 section 3.3"),
    kept("/~user/-_.", "RFC 3986 section 2.3"),
    kept("/a%3Fb", "RFC 3986 section 2.2: an escaped ? is no query"),
    kept("/a%23b", "RFC 3986 section 2.2: an escaped # is no fragment"),
    canonical("/a/./b", "/a/b", dots),
    canonical("/./a", "/a", dots),
    canonical("/a/.", "/a/", dots),
    canonical("/a/../b", "/b", dots),
    canonical("/a/b/..", "/a/", dots),
    canonical("/a/b/../../c", "/c", dots),
    canonical("/a/..", "/", dots),
    canonical("/a/%2e/b", "/a/b", dots),
    canonical("/a/%2e%2e/b", "/b", dots),
    canonical("/a/%2E%2E/b", "/b", dots),
    canonical("/a/.%2e/b", "/b", dots),
    canonical("/a/%2e./b", "/b", dots),
    canonical("/a/%2e%2e", "/", dots),
    canonical("//", "/", "CVE-2021-29492 class: // is / to a file system"),
    canonical("//a", "/a", "RFC 9112 section 3.2.1; //a is no authority"),
    canonical("/a//b", "/a/b", "CVE-2021-29492 class"),
    canonical("/a///b//", "/a/b/", "CVE-2021-29492 class"),
    canonical("/a//../b", "/b", "slashes are merged before dots are resolved"),
    canonical("/%41%5a%7e", "/AZ~", "RFC 3986 section 6.2.2.2: needless escapes"),
    canonical("/%61dmin", "/admin", "RFC 3986 section 6.2.2.2; rules for /admin hold"),
    canonical("/%e2%82%ac", "/%E2%82%AC", "RFC 3986 section 6.2.2.1: digits in upper case"),
    canonical("/a%3ab", "/a%3Ab", "RFC 3986 section 6.2.2.1"),
    canonical("/a/../b?c=/../d", "/b?c=/../d", "RFC 3986 section 3.4: a query has no dot segments"),
    canonical("/[a]|^", "/%5Ba%5D%7C%5E", "WHATWG URL sends these bare; RFC 3986 section 2.1 has them escaped"),
    canonical("/a/../?x", "/?x", dots),
    bad("/..", "RFC 3986 section 5.2.4 would drop it; who climbs above the root means harm"),
    bad("/../a", "above the root"),
    bad("/a/../../b", "above the root"),
    bad("/%2e%2e/a", "above the root"),
    bad("/.%2e/a", "above the root"),
    bad("/./../a", "above the root"),
    bad("//../a", "above the root"),
    bad("/a/..;/b", "Tomcat family: ..;/ is .. to some"),
    bad("/..;/b", "Tomcat family"),
    bad("/a/.;x/b", "Tomcat family"),
    bad("/a/%2e%2e;x/b", "Tomcat family"),
    bad("/a/..%3bx/b", "Tomcat family"),
    bad("/a%00b", "a C string ends there"),
    bad("/a%00/../b", "a C string ends there"),
    bad("/a%0d%0aX-A:%201", "Http11Probe url-percent-crlf: a line ends there for who decodes"),
    bad("/a%7f", "no control characters"),
    bad("/a%1b", "no control characters"),
    bad("/a%2fb", slashes),
    bad("/a%2Fb", slashes),
    bad("/..%2fa", slashes),
    bad("/a%5cb", "CVE-2021-29492 class: a backslash is a slash to some"),
    bad("/a%5Cb", "CVE-2021-29492 class"),
    bad("/a%25b", "double decoding"),
    bad("/a%252e%252e/b", "double decoding"),
    bad("/a%252fb", "double decoding"),
    bad("/%c0%ae%c0%ae/a", "overlong UTF-8 (RFC 3629 section 10): .. to who does not look"),
    bad("/%c0%afa", "overlong UTF-8"),
    bad("/%e0%80%afa", "overlong UTF-8"),
    ...(
      [
        ["/a\\b", "a backslash is a slash to some, and no character of a URI"],
        ["/..\\a", "a backslash is a slash to some"],
        ["\\a", "a backslash is a slash to some"],
        ["/a%", "RFC 3986 section 2.1: two digits"],
        ["/a%2", "RFC 3986 section 2.1: two digits"],
        ["/a%gg", "RFC 3986 section 2.1: hexadecimal"],
        ["/a%u002e", "no URI: IIS"],
        ["/%%41", "RFC 3986 section 2.1"],
        ["/a<b>", "RFC 3986 section 2: no character of a URI"],
        ['/a"b', "RFC 3986 section 2: no character of a URI"],
        ["/a{b}", "RFC 3986 section 2: no character of a URI"],
        ["/a`b", "RFC 3986 section 2: no character of a URI"],
      ] as const
    ).map(([target, why]) => refused(`${target} is refused, and the connection ended`, why, get(target))),
    {
      ...forwarded(
        "dots of an absolute target",
        dots,
        head("GET http://a.test/a/../b HTTP/1.1", "Host: a.test"),
        seen("GET /b"),
      ),
    },
    withSlashes(canonical("/a%2fb", "/a%2Fb", slashes)),
    withSlashes(canonical("/a%5cb", "/a%5Cb", "kept as it is")),
    withSlashes(kept("/a%25b", "kept as it is")),
    withSlashes(kept("/a//b", "slashes are not merged")),
    withSlashes(bad("/../a", "above the root, whatever is kept")),
    withSlashes(bad("/a%00", "never")),
  ],
};

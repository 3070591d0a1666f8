import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AddressSet } from "../../../src/core/bytes/address-set.ts";
import { clientAddress, clientScheme } from "../../../src/core/http/forward/client-address.ts";
import { clientAt, requestHead } from "./http-fixtures.ts";

const trusted = new AddressSet(["10.0.0.0/24", "2001:db8::1"]);

/** Whom requests with these X-Forwarded-For through 10.0.0.1 are of. */
function through(...values: string[]): string {
  const head = requestHead("GET / HTTP/1.1", "Host: h", ...values.map((value) => `X-Forwarded-For: ${value}`));
  return clientAddress(head, clientAt("10.0.0.1", true), trusted);
}

describe("who a client is", () => {
  it("is the peer, when it is not trusted, whatever it says", () => {
    const head = requestHead("GET / HTTP/1.1", "Host: h", "X-Forwarded-For: 203.0.113.9");
    assert.equal(clientAddress(head, clientAt("192.0.2.7"), trusted), "192.0.2.7");
    assert.equal(clientAddress(head, clientAt("::ffff:192.0.2.7"), trusted), "192.0.2.7");
  });

  it("is the first from the right that is not trusted", () => {
    assert.equal(through("203.0.113.9"), "203.0.113.9");
    assert.equal(through("1.1.1.1, 203.0.113.9"), "203.0.113.9");
    assert.equal(through("1.1.1.1,203.0.113.9 , 2001:db8::1,10.0.0.2"), "203.0.113.9");
    assert.equal(through("1.1.1.1", "203.0.113.9, 10.0.0.2", "10.0.0.2"), "203.0.113.9");
    assert.equal(through(",, 203.0.113.9,,", ""), "203.0.113.9");
  });

  it("is the last that is trusted, when there is no other", () => {
    assert.equal(through(), "10.0.0.1");
    assert.equal(through("10.0.0.2"), "10.0.0.2");
    assert.equal(through("10.0.0.2, 10.0.0.1"), "10.0.0.2");
  });

  it("is nobody whom a text that is no address names", () => {
    assert.equal(through("unknown"), "10.0.0.1");
    assert.equal(through("1.1.1.1, _hidden, 10.0.0.2"), "10.0.0.2");
    assert.equal(through('1.1.1.1, <script>"'), "10.0.0.1");
    assert.equal(through("fe80::1%eth0"), "10.0.0.1");
    assert.equal(through("203.0.113.256"), "10.0.0.1");
    assert.equal(through("[::1"), "10.0.0.1");
  });

  it("is read with a port and with brackets", () => {
    assert.equal(through("203.0.113.9:4711"), "203.0.113.9");
    assert.equal(through("[2001:db8::9]:4711"), "2001:db8::9");
    assert.equal(through("[2001:db8::9]"), "2001:db8::9");
    assert.equal(through("2001:db8::9, [2001:db8::1]:80"), "2001:db8::9");
  });
});

describe("by which scheme a client came", () => {
  const scheme = (proto: string, isTrusted: boolean): string =>
    clientScheme(
      requestHead("GET / HTTP/1.1", "Host: h", `X-Forwarded-Proto: ${proto}`),
      clientAt("10.0.0.1", isTrusted),
    );

  it("is what a trusted proxy says", () => {
    assert.equal(scheme("https", true), "https");
    assert.equal(scheme("HTTPS", true), "https");
    assert.equal(scheme("http", true), "http");
    assert.equal(scheme("javascript", true), "http");
    assert.equal(scheme("https", false), "http");
    assert.equal(clientScheme(requestHead("GET / HTTP/1.1", "Host: h"), clientAt("10.0.0.1", true)), "http");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseRuleName } from "../../src/config/token.ts";
import { accessVariables, ruleVariables } from "../../src/config/variables.ts";
import { exchangeVariableNames } from "../../src/control/log/exchange-text.ts";
import { unruledHeaders } from "../../src/core/http/forward/header-rules.ts";
import { variableNames } from "../../src/core/http/forward/variables.ts";

describe("variables that a config may name", () => {
  it("are those that header rules have", () => {
    assert.deepEqual(Object.keys(ruleVariables).toSorted(), [...variableNames, "header:NAME"].toSorted());
  });

  it("are those that the access log has", () => {
    assert.deepEqual(Object.keys(accessVariables).toSorted(), exchangeVariableNames.toSorted());
  });
});

describe("names that a header rule may not have", () => {
  it("are refused", () => {
    assert.deepEqual(
      unruledHeaders.filter((name) => parseRuleName(name.toUpperCase()).ok),
      [],
    );
  });
});

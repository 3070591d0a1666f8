/** A table of wrong configs, each with the exact place and the full text of all its errors. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatConfigError } from "../../src/config/config-error.ts";
import { formatOf, parseConfig } from "../../src/config/parse-config.ts";
import { wrongEnv, type WrongConfig } from "./wrong-config.ts";
import { wrongJson } from "./wrong-json.ts";
import { wrongToml } from "./wrong-toml.ts";
import { wrongYamlAddresses } from "./wrong-yaml-addresses.ts";
import { wrongYamlHealth } from "./wrong-yaml-health.ts";
import { wrongYamlHttp } from "./wrong-yaml-http.ts";
import { wrongYamlLimits } from "./wrong-yaml-limits.ts";
import { wrongYamlMatches } from "./wrong-yaml-matches.ts";
import { wrongYamlRoutes } from "./wrong-yaml-routes.ts";
import { wrongYamlShape } from "./wrong-yaml-shape.ts";
import { wrongYamlValues } from "./wrong-yaml-values.ts";
import { wrongYamlWhole } from "./wrong-yaml-whole.ts";

const tables: readonly (readonly [string, readonly WrongConfig[]])[] = [
  ["g.yaml", wrongYamlShape],
  ["g.yaml", wrongYamlAddresses],
  ["g.yaml", wrongYamlValues],
  ["g.yaml", wrongYamlWhole],
  ["g.yaml", wrongYamlLimits],
  ["g.yaml", wrongYamlHealth],
  ["g.yaml", wrongYamlHttp],
  ["g.yaml", wrongYamlRoutes],
  ["g.yaml", wrongYamlMatches],
  ["g.toml", wrongToml],
  ["g.json", wrongJson],
];

describe("parseConfig() of a wrong config", () => {
  for (const [file, cases] of tables) {
    for (const { name, text, errors } of cases) {
      it(`${file}: ${name}`, () => {
        const format = formatOf(file);
        assert.ok(format !== undefined);
        const result = parseConfig(text, { file, format, env: wrongEnv });
        assert.deepEqual(result.ok ? [] : result.errors.map(formatConfigError), errors);
      });
    }
  }

  it("has a table of at least two hundred", () => {
    const count = tables.flatMap(([, cases]) => cases).length;
    assert.ok(count >= 200, `${count} cases`);
  });
});

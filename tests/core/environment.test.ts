import { expect, test } from "vitest";
import { isSecretVariable } from "../../platform/core/environment.ts";

test.for([
  { name: "SHOP_PASSWORD", secret: true },
  { name: "SHOP_CLIENT_SECRET", secret: true },
  { name: "GITHUB_TOKEN", secret: true },
  { name: "API_KEY", secret: true },
  { name: "POSTGRES_URL", secret: true },
  { name: "PASSWORD", secret: false },
  { name: "MONKEY", secret: false },
  { name: "API_KEY_NAME", secret: false },
  { name: "api_key", secret: false },
])("without a rule, $name being secret is $secret", ({ name, secret }) => {
  expect(isSecretVariable(name, undefined)).toBe(secret);
  expect(isSecretVariable(name, { description: "says nothing of secrecy" })).toBe(secret);
});

test("what a rule says wins over the name", () => {
  expect(isSecretVariable("DOCS_URL", { secret: false })).toBe(false);
  expect(isSecretVariable("PIN", { secret: true })).toBe(true);
});

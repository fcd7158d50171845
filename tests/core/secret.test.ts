import { inspect } from "node:util";
import { expect, test } from "vitest";
import { canonicalJson } from "../../platform/core/canonical-json.ts";
import { holdsSecret, isPlainObject, reveal, Secret, secretMask } from "../../platform/core/secret.ts";

const hidden = "hunter2 in the open";
const secret = new Secret(hidden);

test.for<[string, (value: Secret) => string]>([
  ["String", (value) => String(value)],
  ["a template literal", (value) => `${value}`],
  ["a join", (value) => [value].join("")],
  ["JSON", (value) => JSON.parse(JSON.stringify(value)) as string],
  ["canonical JSON", (value) => JSON.parse(canonicalJson(value)) as string],
  ["inspect", (value) => inspect(value)],
])("a secret shows as its mask in %s", ([, show]) => {
  expect(show(secret)).toBe(secretMask);
});

test("nothing but `reveal` reaches the text of a secret", () => {
  expect(Object.keys(secret)).toEqual([]);
  expect(inspect({ deep: [secret] }, { showHidden: true, depth: 9 })).not.toContain(hidden);
  expect(secret.reveal()).toBe(hidden);
});

test("revealing a tree of data replaces each secret in it and leaves instances alone", () => {
  const date = new Date(0);
  const data = { url: secret, list: [1, secret, { deep: secret }], date, nothing: null };
  expect(reveal(data)).toEqual({ url: hidden, list: [1, hidden, { deep: hidden }], date, nothing: null });
  expect(reveal(data).date).toBe(date);
  expect(data.url).toBe(secret);
});

test.for<[unknown, boolean]>([
  [secret, true],
  [[1, [secret]], true],
  [{ a: { b: secret } }, true],
  [{ a: { b: hidden } }, false],
  [null, false],
  [new Map([["a", secret]]), false],
])("whether %o holds a secret is %s", ([value, holds]) => {
  expect(holdsSecret(value)).toBe(holds);
});

test.for<[string, unknown, boolean]>([
  ["an empty mapping", {}, true],
  ["an object without prototype", Object.create(null), true],
  ["a list", [], false],
  ["null", null, false],
  ["a date", new Date(0), false],
  ["a secret", secret, false],
  ["a function", () => {}, false],
])("whether %s is a plain object", ([, value, isPlain]) => {
  expect(isPlainObject(value)).toBe(isPlain);
});

import { expect, test } from "vitest";
import { assetKey } from "../../platform/core/asset-key.ts";
import { type MetadataValue, metadataOf, type RawMetadata } from "../../platform/core/metadata.ts";
import { Secret, secretMask } from "../../platform/core/secret.ts";

const metadataFor = (value: unknown) => metadataOf({ value } as RawMetadata)["value"];

test.for<[unknown, MetadataValue]>([
  ["text", { type: "text", value: "text" }],
  [12, { type: "int", value: 12 }],
  [-0.5, { type: "float", value: -0.5 }],
  [true, { type: "bool", value: true }],
  [null, { type: "null", value: null }],
  [["a", 1], { type: "json", value: ["a", 1] }],
  [{ rows: 3 }, { type: "json", value: { rows: 3 } }],
])("the type of the plain value %j is inferred", ([value, expected]) => {
  expect(metadataFor(value)).toEqual(expected);
});

test.for<[MetadataValue]>([
  [{ type: "path", value: "/tmp/page.html" }],
  [{ type: "asset", value: assetKey("raw", "orders") }],
  [{ type: "float", value: 3 }],
  [{ type: "table", value: { columns: [{ name: "id", type: "int" }], rows: [{ id: 1 }] } }],
])("the typed value %j stays as it is", ([value]) => {
  expect(metadataFor(value)).toEqual(value);
});

test.for([{ type: "colour", value: "red" }, { type: "text" }, { type: "text", value: "a", unit: "m" }])(
  "the mapping %j is no typed value but data",
  (value) => {
    expect(metadataFor(value)).toEqual({ type: "json", value });
  },
);

test.for<[unknown, MetadataValue]>([
  [42n, { type: "int", value: 42 }],
  [2n ** 60n, { type: "text", value: "1152921504606846976" }],
  [Number.NaN, { type: "text", value: "NaN" }],
  [Number.NEGATIVE_INFINITY, { type: "text", value: "-Infinity" }],
  [
    { type: "float", value: Number.NaN },
    { type: "text", value: "NaN" },
  ],
  [
    { type: "int", value: 42n },
    { type: "int", value: 42 },
  ],
  [
    { type: "json", value: { count: 1n } },
    { type: "json", value: { count: 1 } },
  ],
  [[{ mean: Number.NaN }], { type: "json", value: [{ mean: "NaN" }] }],
  [new Secret("hunter2"), { type: "text", value: secretMask }],
  [new Date(0), { type: "text", value: "1970-01-01T00:00:00.000Z" }],
  [{ password: new Secret("hunter2") }, { type: "json", value: { password: secretMask } }],
])("what JSON cannot hold becomes what it can: %o", ([value, expected]) => {
  expect(metadataFor(value)).toEqual(expected);
});

test("a name without a value is left out", () => {
  expect(metadataOf({ rows: 1, note: undefined } as unknown as RawMetadata)).toEqual({
    rows: { type: "int", value: 1 },
  });
});

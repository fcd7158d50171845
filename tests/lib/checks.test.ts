import { expect, test } from "vitest";
import type { CheckAttributes } from "../../lib/checks/check-schema.ts";
import { evaluateCheck } from "../../lib/checks/evaluate-check.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { fakeStep } from "./fake-step.ts";
import { loadDocuments, stepNamed } from "./load-documents.ts";

const orders = `
  select * from (values
    (1, 'a@x.org', 10.5, date '2026-01-01', 'placed'),
    (2, 'b@x.org', -3.0, date '2026-01-02', 'shipped'),
    (3, null, 0.0, date '2026-01-03', 'lost'),
    (3, 'nobody', null, date '2026-02-01', 'placed')
  ) as t(id, email, amount, day, status)`;

async function ask(check: object, metadata = {}): Promise<{ passed: boolean; failed?: unknown }> {
  const { step } = fakeStep({
    relations: { "marts/orders": orders, "marts/other": "select 1 as id" },
    metadata,
  });
  const { passed, metadata: found } = await evaluateCheck(
    step,
    "marts/orders" as AssetKey,
    check as CheckAttributes,
  );
  const failed = found?.["failed_rows"];
  return failed === undefined ? { passed } : { passed, failed };
}

test.for([
  [{ type: "row_count", exactly: 4 }, { passed: true }],
  [{ type: "row_count", min: 5 }, { passed: false }],
  [{ type: "row_count", max: 3 }, { passed: false }],
  [{ type: "row_count", min: 2, max: 2, where: "status = 'placed' -- comment" }, { passed: true }],
  [
    { type: "not_null", columns: ["id"] },
    { passed: true, failed: 0 },
  ],
  [
    { type: "not_null", columns: ["email", "amount"] },
    { passed: false, failed: 2 },
  ],
  [
    { type: "not_null", columns: ["email"], where: "id < 3" },
    { passed: true, failed: 0 },
  ],
  [
    { type: "unique", columns: ["id"] },
    { passed: false, failed: 2 },
  ],
  [
    { type: "unique", columns: ["id", "email"] },
    { passed: true, failed: 0 },
  ],
  [
    { type: "accepted_values", column: "status", values: ["placed", "shipped"] },
    { passed: false, failed: 1 },
  ],
  [
    { type: "accepted_values", column: "email", values: ["a@x.org", "b@x.org", "nobody"] },
    { passed: true, failed: 0 },
  ],
  [
    { type: "accepted_values", column: "status", values: ["it's", "placed", "shipped", "lost"] },
    { passed: true, failed: 0 },
  ],
  [
    { type: "pattern", column: "email", pattern: "^[^@]+@[^@]+$" },
    { passed: false, failed: 1 },
  ],
  [
    { type: "pattern", column: "id", pattern: "^\\d+$" },
    { passed: true, failed: 0 },
  ],
  [
    { type: "range", column: "amount", min: 0 },
    { passed: false, failed: 1 },
  ],
  [
    { type: "range", column: "amount", min: 0, exclusive_min: true },
    { passed: false, failed: 2 },
  ],
  [
    { type: "range", column: "day", min: "2026-01-01", max: "2026-01-31" },
    { passed: false, failed: 1 },
  ],
  [
    { type: "range", column: "day", max: "2026-02-01" },
    { passed: true, failed: 0 },
  ],
  [
    { type: "range", column: "day", max: "2026-02-01", exclusive_max: true },
    { passed: false, failed: 1 },
  ],
  [{ type: "required_columns", columns: ["ID", "email"] }, { passed: true }],
  [{ type: "required_columns", columns: ["id", "phone"] }, { passed: false }],
  [
    {
      type: "columns",
      columns: [
        { name: "id", type: "int" },
        { name: "email", type: "text" },
      ],
    },
    { passed: true },
  ],
  [{ type: "columns", columns: [{ name: "id", type: "bigint" }] }, { passed: false }],
  [{ type: "columns", mode: "exact", columns: [{ name: "id" }] }, { passed: false }],
  [
    { type: "sql", sql: "select * from orders where amount < 0;" },
    { passed: false, failed: 1 },
  ],
  [{ type: "sql", sql: "select count(*) = 4 from asset" }, { passed: true }],
  [
    { type: "sql", sql: "with x as (select 1) select * from x where false" },
    { passed: true, failed: 0 },
  ],
  [
    {
      type: "sql",
      sql: "select o.id from orders o join known k using (id)",
      inputs: { known: "marts/other" },
    },
    { passed: false, failed: 1 },
  ],
] as const)("%j gives %j", async ([check, expected]) => {
  await expect(ask(check)).resolves.toEqual(expected);
});

test.for([
  { value: 5, bounds: { min_value: 5 }, passed: true },
  { value: 5, bounds: { min_value: 5, exclusive_min: true }, passed: false },
  { value: 5, bounds: { max_value: 4 }, passed: false },
])("a metadata value of $value with bounds $bounds: $passed", async ({ value, bounds, passed }) => {
  const metadata = { "marts/orders": { rows: { type: "int" as const, value } } };
  await expect(ask({ type: "metadata_bounds", metadata_key: "rows", ...bounds }, metadata)).resolves.toEqual({
    passed,
  });
});

test("failing rows are shown, at most five of them", async () => {
  const { step } = fakeStep({ relations: { a: "select range as n from range(100)" } });
  const check = { type: "range", column: "n", max: 9 } as const;
  const { metadata } = await evaluateCheck(step, "a" as AssetKey, check);
  expect(metadata).toMatchObject({
    failed_rows: 90,
    rows: 100,
    sample: { type: "table", value: { rows: [{ n: 10 }, { n: 11 }, { n: 12 }, { n: 13 }, { n: 14 }] } },
  });
});

const documents = `type: lib.ChecksComponent
attributes:
  asset: marts/orders
  checks:
    - { type: row_count, min: 1, blocking: true }
    - { type: not_null, columns: [nope], severity: warn }
    - { type: unique, columns: [id], severity: warn }
    - { type: freshness, max_age: 36h }
---
type: lib.ExternalAssetsComponent
attributes: { assets: [{ key: marts/orders }] }
`;

test("checks are named for what they ask, and only those that read data have a step", async () => {
  const { problems, snapshot } = await loadDocuments(documents);
  expect(problems).toEqual([]);
  expect(snapshot.definitions.checks.map(({ key, blocking, step }) => [key, blocking, step])).toEqual([
    ["marts/orders:freshness", false, undefined],
    ["marts/orders:not_null_nope", false, "demo.marts/orders.checks"],
    ["marts/orders:row_count", true, "demo.marts/orders.checks"],
    ["marts/orders:unique_id", false, "demo.marts/orders.checks"],
  ]);
});

test("a check that can't be evaluated fails the step after the others have answered", async () => {
  const loaded = await loadDocuments(documents);
  const checks = ["marts/orders:row_count", "marts/orders:not_null_nope", "marts/orders:unique_id"];
  const { step, reports } = fakeStep({ checks, relations: { "marts/orders": orders } });
  await expect(stepNamed(loaded, "demo.marts/orders.checks").run(step)).rejects.toThrow(/nope/);
  expect(reports.checked).toMatchObject({
    "marts/orders:row_count": { passed: true, severity: "error" },
    "marts/orders:unique_id": { passed: false, severity: "warn" },
  });
});

test.for([
  { check: "{ type: row_count }", code: "invalid-attribute-value" },
  { check: "{ type: row_count, min: 1, exactly: 2 }", code: "invalid-attribute-value" },
  { check: "{ type: range, column: a }", code: "invalid-attribute-value" },
  { check: "{ type: not_null }", code: "missing-attribute" },
  { check: "{ type: not_null, colums: [a] }", code: "unknown-attribute" },
])("$check is a problem", async ({ check, code }) => {
  const { problems } = await loadDocuments(
    `type: lib.ChecksComponent\nattributes:\n  asset: a\n  checks: [${check}]\n`,
  );
  expect(problems).toContainEqual(expect.stringContaining(`error ${code}`));
});

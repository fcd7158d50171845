import { afterAll, expect, test } from "vitest";
import { DuckDb } from "../../platform/io/duck-db.ts";

const engine = new DuckDb();
afterAll(() => engine[Symbol.asyncDispose]());

test.for([
  { sql: "9007199254740991::bigint", value: 9_007_199_254_740_991 },
  { sql: "9007199254740993::bigint", value: 9_007_199_254_740_993n },
  { sql: "12.50::decimal(6, 2)", value: 12.5 },
  { sql: "date '2026-01-02'", value: "2026-01-02" },
  { sql: "timestamp '2026-01-02 03:04:05.678'", value: "2026-01-02T03:04:05.678" },
  { sql: "timestamptz '2026-01-02 03:04:05+09'", value: "2026-01-01T18:04:05.000Z" },
  { sql: "time '03:04:05'", value: "03:04:05" },
  { sql: "[1, null, 3]", value: [1, null, 3] },
  { sql: "{a: 1, b: {c: date '2026-01-02'}}", value: { a: 1, b: { c: "2026-01-02" } } },
  { sql: "map {'k': 2}", value: { k: 2 } },
  { sql: "'{\"a\": [1]}'::json", value: { a: [1] } },
  { sql: "'a'::enum('a', 'b')", value: "a" },
  { sql: "uuid '00000000-0000-0000-0000-000000000001'", value: "00000000-0000-0000-0000-000000000001" },
  { sql: "'nan'::double", value: Number.NaN },
  { sql: "null", value: null },
])("$sql arrives as $value", async ({ sql, value }) => {
  expect(await engine.query(`select ${sql} as v`)).toEqual([{ v: value }]);
});

test("values are bound and never read as SQL", async () => {
  const values = { text: "'; drop table x; --", whole: 5, half: 0.5, yes: true, none: null, big: 2n ** 60n };
  const [row] = await engine.query(
    "select $text as text, $whole as whole, $half as half, $yes as yes, $none as none, $big as big",
    values,
  );
  expect(row).toEqual(values);
});

test("workspaces do not see each other", async () => {
  const one = engine.workspace({ "raw.orders": "select 1 as n" }, async (session) =>
    session.query("select n from raw.orders"),
  );
  const other = engine.workspace({ orders: "select 2 as n" }, async (session) =>
    session.query("select n from orders"),
  );
  expect(await Promise.all([one, other])).toEqual([[{ n: 1 }], [{ n: 2 }]]);
  await expect(engine.query("select * from raw.orders")).rejects.toMatchObject({ name: "StepError" });
});

test("rows can be handled as an array", async () => {
  const table = await engine.query("select * from range(3) as r(n)");
  expect(table.numRows).toBe(3);
  expect(table.filter((row) => (row["n"] as number) > 0)).toEqual([{ n: 1 }, { n: 2 }]);
  expect(table.map((row) => row["n"])).toEqual([0, 1, 2]);
  expect(JSON.stringify(table)).toBe('[{"n":0},{"n":1},{"n":2}]');
});

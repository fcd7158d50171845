import { expect, test } from "vitest";
import { sqlIdentifier, sqlLiteral } from "../../lib/sql/sql-literal.ts";
import { DuckDb } from "../../platform/io/duck-db.ts";
import { fakeStep } from "./fake-step.ts";
import { errorsOf, loadDocuments, stepNamed } from "./load-documents.ts";

test.for(["plain", "it's", "''", "\\", "a\nb", "$x; drop table y; --", "日本"])(
  "DuckDB reads the literal of %j back",
  async (text) => {
    await using engine = new DuckDb();
    const [row] = await engine.query(`select ${sqlLiteral(text, "duckdb")} as v`);
    expect(row).toEqual({ v: text });
  },
);

test.for([
  { dialect: "snowflake", value: "a\\'b", literal: "'a\\\\''b'" },
  { dialect: "bigquery", value: "a\\'b\n", literal: "'a\\\\\\'b\\n'" },
  { dialect: "duckdb", value: [1, "x"], literal: "(1, 'x')" },
  { dialect: "duckdb", value: [], literal: "(null)" },
  { dialect: "duckdb", value: null, literal: "null" },
] as const)("$value is $literal in $dialect", ({ dialect, value, literal }) => {
  expect(sqlLiteral(value, dialect)).toBe(literal);
});

test.for([{}, Number.NaN, () => 1, "a\0b"])("%j has no literal", (value) => {
  expect(() => sqlLiteral(value, "duckdb")).toThrow(TypeError);
});

test("names are quoted in the way of their dialect", () => {
  expect(sqlIdentifier('a"b', "duckdb")).toBe('"a""b"');
  expect(sqlIdentifier("a`b", "bigquery")).toBe("`a\\`b`");
});

const document = (sql: string, more = "") => `type: lib.SqlComponent
attributes:
  asset: { key: marts/by_day, deps: [staging/orders, staging/unused], partitions_def: { type: daily, start_date: 2026-01-01 } }
  sql: ${JSON.stringify(sql)}
${more}`;

const window = {
  start: Temporal.ZonedDateTime.from("2026-01-31T00:00[Asia/Seoul]"),
  end: Temporal.ZonedDateTime.from("2026-02-01T00:00[Asia/Seoul]"),
};
const partition = { key: "2026-01-31", keys: ["2026-01-31"], window, dimensions: {} } as never;

test("a query reads the slice that it runs for, as literals, and the deps that it names", async () => {
  const sql =
    "select {{ partition.key }} as day, {{ parameters.name }} as n from orders where at >= {{ window.start }} and day < {{ window.end_local }};";
  const loaded = await loadDocuments(document(sql, '  parameters: { name: "it\'s" }\n'));
  expect(errorsOf(loaded)).toEqual([]);
  const { step, reports } = fakeStep({ assets: ["marts/by_day"], partition });
  await stepNamed(loaded, "marts/by_day").run(step);
  expect(reports.stored).toMatchObject([
    {
      asset: "marts/by_day",
      value: {
        sql: "select '2026-01-31' as day, 'it''s' as n from orders where at >= '2026-01-30T15:00:00Z' and day < '2026-02-01T00:00:00'",
        inputs: { orders: "staging/orders" },
      },
    },
  ]);
});

test("explicit inputs become deps", async () => {
  const { snapshot } = await loadDocuments(document("select * from o", "  inputs: { o: raw/orders }\n"));
  expect(snapshot.definitions.assets[0]?.deps).toContain("raw/orders");
});

test("a query in a file keeps its place in the code references", async () => {
  const text = `type: lib.SqlComponent\nattributes: { asset: { key: a }, path: ./q.sql }\n`;
  const { snapshot, problems } = await loadDocuments(text, { files: { "q.sql": "select 1 as x" } });
  expect(problems).toEqual([]);
  expect(snapshot.definitions.assets[0]?.codeReferences).toContainEqual({ file: "defs/demo/q.sql", line: 1 });
});

test("a wrong name in a query's file is a problem in that file", async () => {
  const text = `type: lib.SqlComponent\nattributes: { asset: { key: a }, path: ./q.sql }\n`;
  const { snapshot } = await loadDocuments(text, {
    files: { "q.sql": "select 1\nwhere day = {{ partition.nope }}" },
  });
  expect(snapshot.problems).toMatchObject([
    { severity: "error", span: { file: "defs/demo/q.sql", start: { line: 2 } } },
  ]);
});

test.for([
  {
    what: "quotes around a value",
    text: document("select '{{ partition.key }}'"),
    code: "invalid-attribute-value",
  },
  {
    what: "no query",
    text: "type: lib.SqlComponent\nattributes: { asset: { key: a } }\n",
    code: "missing-attribute",
  },
  {
    what: "a file and a query",
    text: document("select 1", "  path: ./q.sql\n"),
    code: "invalid-attribute-value",
  },
  {
    what: "several partitions in one run",
    text: document("select 1").replace("deps:", "backfill_policy: { type: single_run }, deps:"),
    code: "invalid-attribute-value",
  },
  {
    what: "no asset",
    text: "type: lib.SqlComponent\nattributes: { sql: select 1 }\n",
    code: "missing-attribute",
  },
  {
    what: "a file that is not there",
    text: "type: lib.SqlComponent\nattributes: { asset: { key: a }, path: q.sql }\n",
    code: "file-not-found",
  },
])("$what is a problem", async ({ text, code }) => {
  const loaded = await loadDocuments(text);
  expect(errorsOf(loaded)).toContainEqual(expect.stringContaining(code));
});

test("two deps that share a name must be told apart by `inputs`", async () => {
  const text =
    "type: lib.SqlComponent\nattributes: { asset: { key: a, deps: [x/orders, y/orders] }, sql: select * from orders }\n";
  const loaded = await loadDocuments(text);
  expect(errorsOf(loaded)).toMatchObject([expect.stringContaining("x/orders or y/orders")]);
});

test("a step for several partitions fails, because each needs a query of its own", async () => {
  const loaded = await loadDocuments(document("select 1"));
  const several = { keys: ["2026-01-30", "2026-01-31"], window, dimensions: {} } as never;
  const { step } = fakeStep({ assets: ["marts/by_day"], partition: several });
  await expect(stepNamed(loaded, "marts/by_day").run(step)).rejects.toMatchObject({ retry: "never" });
});

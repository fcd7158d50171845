import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DuckDb } from "../../platform/io/duck-db.ts";
import { quoteIdentifier, quoteLiteral, quotePath } from "../../platform/io/sql-text.ts";
import { randomText } from "./random-text.ts";

const engine = new DuckDb();
afterAll(() => engine[Symbol.asyncDispose]());

test.for([
  { name: "orders", quoted: '"orders"' },
  { name: 'a"; drop table b; --', quoted: '"a""; drop table b; --"' },
])("the name $name is written $quoted", ({ name, quoted }) => {
  expect(quoteIdentifier(name)).toBe(quoted);
});

test.for(["", "a\0b"])("%j is no name", (name) => {
  expect(() => quoteIdentifier(name)).toThrow(RangeError);
});

test("any text comes back as it was, as a value and as a name", async () => {
  const random = randomText(11);
  const texts = Array.from({ length: 300 }, () => random(20).replaceAll("\0", "")).filter(
    (text) => text !== "",
  );
  const [row] = await engine.query(
    `select ${texts.map((text, index) => `${quoteLiteral(text)} as v${index}`).join(", ")}`,
  );
  expect(Object.values(row ?? {})).toEqual(texts);
  for (const text of texts.slice(0, 60)) {
    const table = await engine.query(`select 1 as ${quoteIdentifier(text)}`);
    expect(table.columns.map(({ name }) => name)).toEqual([text]);
  }
});

test("a path with the characters of patterns names one file", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "dop-sql-")), "a[1]*? 'b' {c}");
  mkdirSync(folder);
  const file = join(folder, "x.parquet");
  await engine.query(`copy (select 1 as n) to ${quoteLiteral(file)} (format parquet)`);
  expect(await engine.query(`select n from read_parquet([${quotePath(file)}])`)).toEqual([{ n: 1 }]);
});

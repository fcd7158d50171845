import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { csvFaultText } from "../../platform/io/csv-fault.ts";
import { DuckDb } from "../../platform/io/duck-db.ts";

test("a malformed CSV file is told with its file, line and column in the first line", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dop-csv-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "orders.csv");
  writeFileSync(file, "id,amount\n1,2.5\nx,oops\n");
  await using db = new DuckDb();
  const columns = "{'id': 'integer', 'amount': 'double'}";
  const error = await db
    .query(`select * from read_csv('${file}', columns = ${columns}, header = true)`)
    .catch((thrown: unknown) => thrown as Error);
  const [first] = (error as Error).message.split("\n");
  expect(first).toBe(`${file}, line 3, column "id": Could not convert string "x" to 'INTEGER'`);
});

test("a line with too many fields is told with its reason", () => {
  const message =
    "Invalid Input Error: CSV Error on Line: 4\nOriginal Line: 1,2,3\nExpected Number of Columns: 2 Found: 3";
  expect(csvFaultText(message).split("\n")[0]).toBe("line 4: Expected Number of Columns: 2 Found: 3");
});

test("what is said of anything else is left as it is", () => {
  expect(csvFaultText("Catalog Error: no table")).toBe("Catalog Error: no table");
});

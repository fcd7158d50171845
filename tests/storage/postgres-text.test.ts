import { expect, test } from "vitest";
import { postgresTextOf } from "../../platform/storage/postgres-text.ts";

test.for([
  { sql: "a = :one and b = :two", text: "a = $1 and b = $2", names: ["one", "two"] },
  { sql: ":one, :two, :one", text: "$1, $2, $1", names: ["one", "two"] },
  { sql: "a = any(:keys)", text: "a = any($1)", names: ["keys"] },
  { sql: "x::bigint + :n::int", text: "x::bigint + $1::int", names: ["n"] },
  { sql: "':no' || \":no\" || :yes", text: "':no' || \":no\" || $1", names: ["yes"] },
  { sql: "'it''s :no' = :yes", text: "'it''s :no' = $1", names: ["yes"] },
  { sql: "-- :no\n:yes /* :no */", text: "-- :no\n$1 /* :no */", names: ["yes"] },
  { sql: ":key0 :key10", text: "$1 $2", names: ["key0", "key10"] },
])("$sql", ({ sql, text, names }) => {
  expect(postgresTextOf(sql)).toEqual({ text, names });
});

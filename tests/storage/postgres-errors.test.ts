import { expect, test } from "vitest";
import { isConflict, isConnectionLost, storageErrorOf } from "../../platform/storage/postgres-errors.ts";

const withCode = (code: string) => Object.assign(new Error("told by the server"), { code });

test.for([
  { what: "a server that goes down", error: withCode("57P01"), lost: true },
  { what: "a server that starts", error: withCode("57P03"), lost: true },
  { what: "a failed connection", error: withCode("08006"), lost: true },
  { what: "a closed port", error: withCode("ECONNREFUSED"), lost: true },
  { what: "two closed ports", error: new AggregateError([withCode("ECONNREFUSED")]), lost: true },
  { what: "a broken socket", error: new Error("Connection terminated unexpectedly"), lost: true },
  { what: "a repeated key", error: withCode("23505"), lost: false },
  { what: "an unknown database", error: withCode("3D000"), lost: false },
  { what: "a defect", error: new TypeError("Connection is not a function"), lost: false },
  { what: "a text", error: "Connection terminated", lost: false },
])("$what means that the connection is lost: $lost", ({ error, lost }) => {
  expect(isConnectionLost(error)).toBe(lost);
});

test.for([
  { code: "40001", conflict: true },
  { code: "40P01", conflict: true },
  { code: "23505", conflict: false },
])("$code is a conflict: $conflict", ({ code, conflict }) => {
  expect(isConflict(withCode(code))).toBe(conflict);
});

test.for([
  { code: "ECONNREFUSED", reason: "unreachable" },
  { code: "28P01", reason: "cannot-open" },
  { code: "3D000", reason: "cannot-open" },
  { code: "53100", reason: "disk-full" },
])("$code is told as $reason, with the place", ({ code, reason }) => {
  expect(storageErrorOf("db:5432/dop", withCode(code))).toMatchObject({
    reason,
    message: expect.stringContaining("db:5432/dop"),
  });
});

test("an error that no user can do anything about stays as it is", () => {
  const error = withCode("42601");
  expect(storageErrorOf("db", error)).toBe(error);
});

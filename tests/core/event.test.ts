import { expect, test } from "vitest";
import { type ErrorInfo, errorInfo } from "../../platform/core/event.ts";

test("an error is told with its name, message, stack and causes", () => {
  const error = new TypeError("no rows", { cause: new RangeError("empty", { cause: "the table" }) });
  expect(errorInfo(error)).toEqual({
    name: "TypeError",
    message: "no rows",
    stack: error.stack,
    cause: {
      name: "RangeError",
      message: "empty",
      stack: (error.cause as Error).stack,
      cause: { name: "Error", message: "the table" },
    },
  });
});

test.for<[unknown, string]>([
  ["plain text", "plain text"],
  [undefined, "undefined"],
  [null, "null"],
  [404, "404"],
  [Symbol("gone"), "Symbol(gone)"],
  [{ status: 404 }, '{"status":404}'],
  [Object.create(null), "{}"],
  [{ size: 1n }, "an object that cannot be shown"],
])("anything thrown can be told: %o", ([thrown, message]) => {
  expect(errorInfo(thrown)).toEqual({ name: "Error", message });
});

test("an error that is its own cause comes to an end", () => {
  const error = new Error("round and round");
  error.cause = error;
  let depth = 0;
  for (let info: ErrorInfo | undefined = errorInfo(error); info !== undefined; info = info.cause) depth++;
  expect(depth).toBe(11);
});

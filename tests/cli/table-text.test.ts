import { expect, test } from "vitest";
import { tableText } from "../../platform/cli/table-text.ts";

test("columns are aligned by what they take on the screen", () => {
  expect(
    tableText(
      ["asset", "group"],
      [
        ["raw/주문", "a"],
        ["raw/orders", "b"],
      ],
    ),
  ).toBe(["ASSET       GROUP", "raw/주문    a", "raw/orders  b"].join("\n"));
});

test("a cell stays on one line and shows control characters escaped", () => {
  expect(tableText(["a"], [["one\n two\u001b[2J"]])).toBe("A\none two\\u{1b}[2J");
});

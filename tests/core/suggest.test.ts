import { expect, test } from "vitest";
import { didYouMean, suggest } from "../../platform/core/suggest.ts";

const names = ["description", "deps", "group_name", "key", "io"];

test.for<[string, string | undefined]>([
  ["descripton", "description"],
  ["desciprtion", "description"],
  ["group-name", "group_name"],
  ["groupname", "group_name"],
  ["Deps", "deps"],
  ["dep", "deps"],
  ["kye", "key"],
  ["i", undefined],
  ["oi", "io"],
  ["ox", undefined],
  ["colour", undefined],
  ["", undefined],
])("for `%s` the suggestion is %s", ([word, expected]) => {
  expect(suggest(word, names)).toBe(expected);
});

test("of two equally near names the first one is suggested", () => {
  expect(suggest("dap", ["dip", "dup"])).toBe("dip");
  expect(suggest("dap", new Set(["dup", "dip"]))).toBe("dup");
});

test("the nearer name wins over an earlier one", () => {
  expect(suggest("partitions", ["partition_s_", "partition"])).toBe("partition");
});

test("the question is asked only where a name is near", () => {
  expect(didYouMean("kye", names)).toBe("did you mean `key`?");
  expect(didYouMean("colour", names)).toBeUndefined();
});

import { expect, test } from "vitest";
import {
  and,
  anyDepsMatch,
  anyDepsMissing,
  eager,
  inLatestTimeWindow,
  labelled,
  newlyTrue,
  not,
  operand,
  or,
  since,
} from "../../platform/core/condition-builders.ts";
import { conditionText } from "../../platform/core/condition-text.ts";
import { replaceCondition, withoutOperand } from "../../platform/core/edit-condition.ts";

const [a, b, c] = [operand("missing"), operand("newly_updated"), operand("check_failed")];

test("a part is found by what it means, whatever it is called", () => {
  expect(replaceCondition(and(labelled("x", a), b), a, c)).toEqual(and(c, b));
});

test.for(["any_deps_missing", "any_deps_missing()"])("a part is found by its label, written %s", (name) => {
  const edited = replaceCondition(and(not(anyDepsMissing()), b), name, c);
  expect(edited).toEqual(and(not(c), b));
});

test("a part is found by its type", () => {
  expect(replaceCondition(and(anyDepsMatch(a), b), "any_deps_match", c)).toEqual(and(c, b));
});

test("of parts inside each other the outermost is replaced", () => {
  expect(replaceCondition(not(not(a)), "not", b)).toEqual(b);
});

test.for([
  { inside: and(a, c), replaced: and(b, c) },
  { inside: or(a, c), replaced: or(b, c) },
  { inside: since(c, a), replaced: since(c, b) },
  { inside: newlyTrue(a), replaced: newlyTrue(b) },
  { inside: anyDepsMatch(a, { allow: ["x"] }), replaced: anyDepsMatch(b, { allow: ["x"] }) },
])("a part is replaced inside $inside.type, and its scope stays", ({ inside, replaced }) => {
  expect(replaceCondition(inside, a, b)).toEqual(replaced);
});

test("where no part is meant the condition stays the same object", () => {
  const condition = eager();
  expect(replaceCondition(condition, "check_failed", a)).toBe(condition);
});

test("every label around a replaced part tells it", () => {
  expect(conditionText(replaceCondition(eager(), "handled", a))).toBe("eager().replace(handled, missing())");
  expect(conditionText(replaceCondition(not(labelled("x", and(a, b))), a, c))).toBe(
    "~x.replace(missing(), check_failed())",
  );
});

test("an operand is taken out of the outermost `and`, and the label tells it", () => {
  const edited = withoutOperand(eager(), inLatestTimeWindow());
  expect(conditionText(edited)).toBe("eager().without(in_latest_time_window())");
  expect(edited.type === "and" && edited.operands.length).toBe(4);
});

test("what is left of one operand stands for itself", () => {
  expect(withoutOperand(and(a, b), a)).toEqual(b);
});

test.for([
  { what: "another condition's operand", condition: eager() },
  { what: "a condition itself", condition: a },
  { what: "an operand of `or`", condition: or(a, b) },
  { what: "all that there is", condition: { type: "and", operands: [a, a] } as const },
])("$what can not be taken out", ({ condition }) => {
  expect(() => withoutOperand(condition, a)).toThrow(RangeError);
});

import { Secret } from "../core/secret.ts";
import { compare, contains, equal, isFloat, isMapping, isNull, isNumber, numberOf } from "./python-values.ts";
import { isTemplateFunction } from "./scope.ts";
import { type Operation, operation } from "./signature.ts";
import { templateError } from "./template-error.ts";
import { isLower, isUpper, wholeArgument } from "./text-operations.ts";

const equals = operation("other", (_, value: unknown, other: unknown) => equal(value, other));
const unequal = operation("other", (_, value: unknown, other: unknown) => !equal(value, other));
const less = operation("other", (_, value: unknown, other: unknown) => compare(value, other) < 0);
const lessOrEqual = operation("other", (_, value: unknown, other: unknown) => compare(value, other) <= 0);
const greater = operation("other", (_, value: unknown, other: unknown) => compare(value, other) > 0);
const greaterOrEqual = operation("other", (_, value: unknown, other: unknown) => compare(value, other) >= 0);

/** What can stand after `is`. `defined` and `undefined` are the evaluator's: only it knows of missing names. */
export const tests: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    none: operation("", (_, value: unknown) => isNull(value)),
    string: operation("", (_, value: unknown) => typeof value === "string" || value instanceof Secret),
    number: operation("", (_, value: unknown) => isNumber(value)),
    integer: operation("", (_, value: unknown) => typeof value === "number" && !isFloat(value)),
    float: operation("", (_, value: unknown) => isFloat(value)),
    boolean: operation("", (_, value: unknown) => typeof value === "boolean"),
    true: operation("", (_, value: unknown) => value === true),
    false: operation("", (_, value: unknown) => value === false),
    mapping: operation("", (_, value: unknown) => isMapping(value)),
    sequence: operation("", (_, value: unknown) => isIterable(value)),
    iterable: operation("", (_, value: unknown) => isIterable(value)),
    callable: operation("", (_, value: unknown) => isTemplateFunction(value)),
    even: operation("", (_, value: unknown) => remainder(value, 2) === 0),
    odd: operation("", (_, value: unknown) => remainder(value, 2) === 1),
    divisibleby: operation(
      "num",
      (_, value: unknown, divisor: unknown) => remainder(value, wholeArgument(divisor)) === 0,
    ),
    in: operation("seq", (runtime, value: unknown, container: unknown) => {
      runtime.spend(1);
      return contains(container, value);
    }),
    upper: operation("", (_, value: unknown) => isUpper(String(revealedText(value)))),
    lower: operation("", (_, value: unknown) => isLower(String(revealedText(value)))),
    sameas: operation(
      "other",
      (_, value: unknown, other: unknown) => value === other || (isNull(value) && isNull(other)),
    ),
    eq: equals,
    equalto: equals,
    "==": equals,
    ne: unequal,
    "!=": unequal,
    lt: less,
    lessthan: less,
    "<": less,
    le: lessOrEqual,
    "<=": lessOrEqual,
    gt: greater,
    greaterthan: greater,
    ">": greater,
    ge: greaterOrEqual,
    ">=": greaterOrEqual,
  } satisfies Record<string, Operation>),
);

function isIterable(value: unknown): boolean {
  return typeof value === "string" || value instanceof Secret || Array.isArray(value) || isMapping(value);
}

function remainder(value: unknown, divisor: number): number {
  if (!isNumber(value)) throw templateError("a number is needed here");
  if (divisor === 0) throw templateError("a division by zero");
  return ((numberOf(value) % divisor) + divisor) % divisor;
}

function revealedText(value: unknown): unknown {
  return value instanceof Secret ? value.reveal() : value;
}

import type { BinaryOperator, ComparisonOperator } from "./expression.ts";
import { checkListLength, checkTextLength } from "./limits.ts";
import { percentFormat } from "./python-format.ts";
import {
  compare,
  contains,
  equal,
  floatOf,
  intOf,
  isFloat,
  isNumber,
  numberOf,
  type PythonNumber,
  typeName,
} from "./python-values.ts";
import { templateError } from "./template-error.ts";

/** Python's `+ - * / // % **` for numbers, and what Python lets texts and lists do with them. */
export function binaryResult(operator: BinaryOperator, left: unknown, right: unknown): unknown {
  if (isNumber(left) && isNumber(right)) return arithmetic(operator, left, right);
  if (operator === "+" && typeof left === "string" && typeof right === "string") {
    checkTextLength(left.length + right.length);
    return left + right;
  }
  if (operator === "+" && Array.isArray(left) && Array.isArray(right)) {
    checkListLength(left.length + right.length);
    return [...left, ...right];
  }
  if (operator === "*") {
    if (isCount(right)) return repeated(left, right, operator);
    if (isCount(left)) return repeated(right, left, operator);
  }
  if (operator === "%" && typeof left === "string")
    return percentFormat(left, Array.isArray(right) ? right : [right]);
  throw unfit(operator, left, right);
}

export function negative(operator: "+" | "-", value: unknown): unknown {
  if (!isNumber(value)) throw templateError(`\`${operator}\` needs a number, not ${typeName(value)}`);
  const number = operator === "-" ? -numberOf(value) : numberOf(value);
  return isFloat(value) ? floatOf(number) : intOf(number);
}

function arithmetic(operator: BinaryOperator, left: PythonNumber, right: PythonNumber): unknown {
  const a = numberOf(left);
  const b = numberOf(right);
  const whole = !isFloat(left) && !isFloat(right);
  const result = (value: number): unknown => (whole ? intOf(value) : floatOf(value));
  switch (operator) {
    case "+":
      return result(a + b);
    case "-":
      return result(a - b);
    case "*":
      return result(a * b);
    case "/":
      return floatOf(a / nonZero(b));
    case "//":
      return result(Math.floor(a / nonZero(b)));
    case "%": {
      const rest = a % nonZero(b);
      return result(rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest);
    }
    case "**":
      if (a === 0 && b < 0) throw templateError("a division by zero");
      if (Number.isNaN(a ** b) && !Number.isNaN(a * b)) throw templateError("the power is not a real number");
      if (!Number.isFinite(a ** b) && Number.isFinite(a * b)) throw templateError("the number is too large");
      return whole && b >= 0 ? intOf(a ** b) : floatOf(a ** b);
  }
}

function nonZero(divisor: number): number {
  if (divisor === 0) throw templateError("a division by zero");
  return divisor;
}

function isCount(value: unknown): value is number | boolean {
  return isNumber(value) && !isFloat(value);
}

function repeated(value: unknown, count: number | boolean, operator: BinaryOperator): unknown {
  const times = Math.max(0, Number(count));
  if (typeof value === "string") {
    checkTextLength(value.length * times);
    return value.repeat(times);
  }
  if (Array.isArray(value)) {
    checkListLength(value.length * times);
    return Array.from({ length: times }, () => value as unknown[]).flat();
  }
  throw unfit(operator, value, count);
}

function unfit(operator: BinaryOperator, left: unknown, right: unknown): Error {
  const textual = typeof left === "string" || typeof right === "string";
  const hint = operator === "+" && textual ? "join texts with `~`" : undefined;
  return templateError(
    `\`${operator}\` does not work between ${typeName(left)} and ${typeName(right)}`,
    hint,
  );
}

/** Throws where Python has no order between the two. */
export function isComparisonTrue(operator: ComparisonOperator, left: unknown, right: unknown): boolean {
  switch (operator) {
    case "==":
      return equal(left, right);
    case "!=":
      return !equal(left, right);
    case "<":
      return compare(left, right) < 0;
    case "<=":
      return compare(left, right) <= 0;
    case ">":
      return compare(left, right) > 0;
    case ">=":
      return compare(left, right) >= 0;
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
  }
}

import { checkTextLength } from "./limits.ts";
import { floatText, reprOf, textOf } from "./python-text.ts";
import { charactersOf, isFloat, isMapping, isNumber, numberOf, ownEntry, typeName } from "./python-values.ts";
import { templateError } from "./template-error.ts";

const conversion = /%(?:\(([^)]*)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])?/g;

/** `'%s is %05.2f' % (a, b)`: s r d i f F e g x X o c and %%, with flags, width and precision; `%(name)s`. */
export function percentFormat(format: string, values: readonly unknown[]): string {
  let next = 0;
  let named = false;
  const text = format.replace(
    conversion,
    (all, name?: string, flags = "", width?: string, precision?: string, type?: string) => {
      if (type === "%") return "%";
      if (type === undefined) throw templateError(`\`${all}\` is not a format`);
      let value: unknown;
      if (name === undefined) {
        if (next >= values.length) throw templateError("the format has more places than values");
        value = values[next++];
      } else {
        named = true;
        const source = values[0];
        value = isMapping(source) ? ownEntry(source, name) : undefined;
        if (value === undefined) throw templateError(`the format's \`${name}\` is not given`);
      }
      const spec: Spec = {
        fill: " ",
        align: flags.includes("-") ? "<" : undefined,
        sign: flags.includes("+") ? "+" : flags.includes(" ") ? " " : "-",
        zero: flags.includes("0") && !flags.includes("-"),
        width: Number(width ?? 0),
        group: "",
        precision: precision === undefined ? undefined : Number(precision),
        type: type === "i" ? "d" : type === "r" ? "s" : type,
      };
      if (spec.type === "s")
        return padded(cut(type === "r" ? reprOf(value) : textOf(value), spec), {
          ...spec,
          zero: false,
          align: spec.align ?? ">",
        });
      if (spec.type === "d" && isNumber(value)) return numberText(Math.trunc(numberOf(value)), spec);
      return valueText(value, spec);
    },
  );
  if (!named && next < values.length) throw templateError("the format has fewer places than values");
  checkTextLength(text.length);
  return text;
}

const field = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Python's `str.format`: `{}`, `{0}`, `{name}`, `!r`, and a spec after `:`; no attributes and no items. */
export function braceFormat(
  format: string,
  positional: readonly unknown[],
  named: Readonly<Record<string, unknown>>,
): string {
  let next = 0;
  const text = format.replace(field, (all, inner?: string) => {
    if (all === "{{") return "{";
    if (all === "}}") return "}";
    if (inner === undefined) throw templateError("a brace of the format is not closed");
    const match = /^([^:!]*)(?:!([rsa]))?(?::(.*))?$/.exec(inner);
    const name = match?.[1] ?? "";
    if (match === null || /[.[\]]/.test(name)) {
      throw templateError("a format reads no attributes", "give the value itself: '{}'.format(x.y)");
    }
    const value =
      name === ""
        ? positional[next++]
        : /^\d+$/.test(name)
          ? positional[Number(name)]
          : ownEntry(named, name);
    if (value === undefined) throw templateError(`the format's \`${all}\` is not given`);
    return valueText(match[2] === "r" || match[2] === "a" ? reprOf(value) : value, specOf(match[3] ?? ""));
  });
  checkTextLength(text.length);
  return text;
}

interface Spec {
  readonly fill: string;
  readonly align: string | undefined;
  readonly sign: string;
  readonly zero: boolean;
  readonly width: number;
  readonly group: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const specForm = /^(?:(.)?([<>^=]))?([-+ ])?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u;

function specOf(text: string): Spec {
  const match = specForm.exec(text);
  if (match === null) throw templateError(`\`${text}\` is not a format`);
  const [, fill, align, sign, zero, width, group, precision, type] = match;
  return {
    fill: fill ?? " ",
    align,
    sign: sign ?? "-",
    zero: zero !== undefined,
    width: Number(width ?? 0),
    group: group ?? "",
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? "",
  };
}

function valueText(value: unknown, spec: Spec): string {
  checkTextLength(Math.max(spec.width, spec.precision ?? 0));
  if (isNumber(value) && spec.type !== "s" && !(typeof value === "boolean" && spec.type === "")) {
    const number = numberOf(value);
    if (spec.type === "" && isFloat(value)) {
      return spec.precision === undefined
        ? aligned(signed(floatText(Math.abs(number)), number, spec), spec)
        : numberText(number, { ...spec, type: "g" });
    }
    return numberText(number, spec.type === "" ? { ...spec, type: "d" } : spec);
  }
  if (spec.type !== "" && spec.type !== "s")
    throw templateError(`format \`${spec.type}\` needs a number, not ${typeName(value)}`);
  return padded(cut(textOf(value), spec), { ...spec, align: spec.align ?? "<" });
}

function numberText(number: number, spec: Spec): string {
  const precision = spec.precision ?? 6;
  if (precision > 90) throw templateError("a format has at most 90 decimals");
  checkTextLength(spec.width);
  const size = Math.abs(number);
  let digits: string;
  switch (spec.type) {
    case "d":
      if (!Number.isInteger(number)) throw templateError("format `d` needs a whole number");
      digits = String(size);
      break;
    case "f":
    case "F":
      digits = fixed(size, precision);
      break;
    case "%":
      digits = `${fixed(size * 100, precision)}%`;
      break;
    case "e":
    case "E":
      digits = exponential(size, precision);
      break;
    case "g":
    case "G":
      digits = general(size, Math.max(1, precision));
      break;
    case "x":
    case "X":
    case "o":
    case "b":
      if (!Number.isInteger(number)) throw templateError(`format \`${spec.type}\` needs a whole number`);
      digits = size.toString({ x: 16, X: 16, o: 8, b: 2 }[spec.type]);
      break;
    default:
      throw templateError(`\`${spec.type}\` is not a format for numbers`);
  }
  if (["X", "E", "G"].includes(spec.type)) digits = digits.toUpperCase();
  return aligned(signed(grouped(digits, spec.group), number, spec), spec);
}

/** Rounds the exact binary value half to even, as Python does; `toFixed` agrees but for exact ties. */
export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : "inf";
  if (value >= 1e21) return `${BigInt(value)}${decimals > 0 ? `.${"0".repeat(decimals)}` : ""}`;
  const scaled = value * 10 ** decimals;
  const exactTie =
    decimals < 16 &&
    Math.abs(scaled % 1) === 0.5 &&
    scaled / 10 ** decimals === value &&
    (value * 2 ** 20) % 1 === 0;
  if (exactTie && Math.floor(scaled) % 2 === 0)
    return (Math.floor(scaled) / 10 ** decimals).toFixed(decimals);
  return value.toFixed(decimals);
}

function exponential(size: number, precision: number): string {
  const [mantissa, exponent] = size.toExponential(precision).split("e") as [string, string];
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

function general(size: number, precision: number): string {
  const exponent = size === 0 ? 0 : Number(size.toExponential(precision - 1).split("e")[1]);
  if (exponent < -4 || exponent >= precision) {
    const [mantissa, rest] = exponential(size, precision - 1).split("e") as [string, string];
    return `${withoutZeros(mantissa)}e${rest}`;
  }
  return withoutZeros(size.toFixed(Math.max(0, precision - 1 - exponent)));
}

function withoutZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

function grouped(digits: string, separator: string): string {
  if (separator === "") return digits;
  const [whole = "", ...rest] = digits.split(".");
  return [whole.replace(/\B(?=(?:\d{3})+(?!\d))/g, separator), ...rest].join(".");
}

function signed(digits: string, number: number, spec: Spec): string {
  const negative = number < 0 || Object.is(number, -0);
  return `${negative ? "-" : spec.sign === "-" ? "" : spec.sign}${digits}`;
}

function aligned(digits: string, spec: Spec): string {
  if ((spec.zero && spec.align === undefined) || spec.align === "=") {
    const fill = spec.zero && spec.align === undefined ? "0" : spec.fill;
    const sign = /^[-+ ]/.exec(digits)?.[0] ?? "";
    return sign + digits.slice(sign.length).padStart(spec.width - sign.length, fill);
  }
  return padded(digits, { ...spec, align: spec.align ?? ">" });
}

function cut(text: string, { precision }: Spec): string {
  return precision === undefined ? text : charactersOf(text).slice(0, precision).join("");
}

function padded(text: string, { width, fill, align }: Spec): string {
  checkTextLength(width);
  const missing = width - charactersOf(text).length;
  if (missing <= 0) return text;
  const left = align === ">" ? missing : align === "^" ? Math.floor(missing / 2) : 0;
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

import { Secret } from "../core/secret.ts";
import { checkListLength, checkTextLength } from "./limits.ts";
import { binaryResult } from "./python-operators.ts";
import { textOf } from "./python-text.ts";
import { compare, entriesOf, equal, isMapping, itemsOf, truthOf, typeName } from "./python-values.ts";
import { type NamedValues, type Operation, openOperation, operation, type Runtime } from "./signature.ts";
import { templateError } from "./template-error.ts";
import { textArgument, wholeArgument } from "./text-operations.ts";

type Attribute = string | number | undefined | null;

export const listFilters: readonly (readonly [string, Operation])[] = Object.entries({
  list: operation("", (_, value: unknown) => [...itemsOf(value)], { secrecy: "move" }),
  first: operation("", (_, value: unknown) => endOf(value, 0), { secrecy: "move" }),
  last: operation("", (_, value: unknown) => endOf(value, -1), { secrecy: "move" }),
  reverse: operation(
    "",
    (_, value: unknown) => {
      const items = itemsOf(value).toReversed();
      return typeof value === "string" ? items.join("") : items;
    },
    { secrecy: "move" },
  ),
  items: operation(
    "",
    (_, value: unknown) => {
      if (!isMapping(value)) throw templateError(`\`items\` needs a mapping, not ${typeName(value)}`);
      return entriesOf(value);
    },
    { secrecy: "move" },
  ),
  join: operation("d? attribute?", (runtime, value: unknown, separator?: unknown, attribute?: Attribute) => {
    const texts = itemsOf(value).map((item) => textOf(pick(runtime, item, attribute)));
    const between = separator === undefined || separator === null ? "" : textOf(separator);
    checkTextLength(texts.reduce((length, text) => length + text.length + between.length, 0));
    return texts.join(between);
  }),
  sum: operation("attribute? start?", (runtime, value: unknown, attribute?: Attribute, start?: unknown) =>
    itemsOf(value).reduce(
      (total, item) => binaryResult("+", total, pick(runtime, item, attribute)),
      start ?? 0,
    ),
  ),
  min: operation(
    "case_sensitive? attribute?",
    (runtime, value: unknown, sensitive?: boolean, attribute?: Attribute) =>
      extreme(runtime, value, { sensitive, attribute, sign: -1 }),
  ),
  max: operation(
    "case_sensitive? attribute?",
    (runtime, value: unknown, sensitive?: boolean, attribute?: Attribute) =>
      extreme(runtime, value, { sensitive, attribute, sign: 1 }),
  ),
  sort: operation(
    "reverse? case_sensitive? attribute?",
    (runtime, value: unknown, reverse?: boolean, sensitive?: boolean, attribute?: Attribute) => {
      const items = itemsOf(value);
      runtime.spend(items.length);
      const paths = typeof attribute === "string" ? attribute.split(",") : [attribute];
      const keyed = items.map((item) => ({
        item,
        keys: paths.map((path) => folded(pick(runtime, item, path), sensitive)),
      }));
      const sign = reverse === true ? -1 : 1;
      return keyed.sort((a, b) => sign * compare(a.keys, b.keys)).map(({ item }) => item);
    },
  ),
  unique: operation(
    "case_sensitive? attribute?",
    (runtime, value: unknown, sensitive?: boolean, attribute?: Attribute) => {
      const seen: unknown[] = [];
      return itemsOf(value).filter((item) => {
        const key = folded(pick(runtime, item, attribute), sensitive);
        runtime.spend(seen.length);
        if (seen.some((other) => equal(other, key))) return false;
        seen.push(key);
        return true;
      });
    },
  ),
  dictsort: operation(
    "case_sensitive? by? reverse?",
    (_, value: unknown, sensitive?: boolean, by?: string, reverse?: boolean) => {
      if (!isMapping(value)) throw templateError(`\`dictsort\` needs a mapping, not ${typeName(value)}`);
      if (by !== undefined && by !== "key" && by !== "value")
        throw templateError("`dictsort` sorts by key or value");
      const place = by === "value" ? 1 : 0;
      const sign = reverse === true ? -1 : 1;
      return entriesOf(value).sort(
        (a, b) => sign * compare(folded(a[place], sensitive), folded(b[place], sensitive)),
      );
    },
  ),
  groupby: operation(
    "attribute default? case_sensitive?",
    (runtime, value: unknown, attribute: Attribute, other?: unknown) => {
      const keyed = itemsOf(value).map((item) => ({
        item,
        key: pick(runtime, item, attribute) ?? other ?? null,
      }));
      keyed.sort((a, b) => compare(folded(a.key, false), folded(b.key, false)));
      const groups: [unknown, unknown[]][] = [];
      for (const { item, key } of keyed) {
        const last = groups.at(-1);
        if (last !== undefined && equal(folded(last[0], false), folded(key, false))) last[1].push(item);
        else groups.push([key, [item]]);
      }
      return groups;
    },
  ),
  batch: operation(
    "linecount fill_with?",
    (_, value: unknown, size: unknown, fill?: unknown) => {
      const items = itemsOf(value);
      const count = positive(size, "batch");
      const rows: unknown[][] = [];
      for (let at = 0; at < items.length; at += count) rows.push(items.slice(at, at + count));
      const last = rows.at(-1);
      if (fill !== undefined && fill !== null && last !== undefined) {
        checkListLength(items.length + count);
        while (last.length < count) last.push(fill);
      }
      return rows;
    },
    { secrecy: "move" },
  ),
  slice: operation(
    "slices fill_with?",
    (_, value: unknown, slices: unknown, fill?: unknown) => {
      const items = itemsOf(value);
      const count = positive(slices, "slice");
      checkListLength(count);
      const short = Math.floor(items.length / count);
      const long = items.length % count;
      return Array.from({ length: count }, (_unused, index) => {
        const start = index * short + Math.min(index, long);
        const own = items.slice(start, start + short + (index < long ? 1 : 0));
        return fill !== undefined && fill !== null && index >= long && long > 0 ? [...own, fill] : own;
      });
    },
    { secrecy: "move" },
  ),
  map: openOperation((runtime, value: unknown, values, named) => mapped(runtime, value, values, named), {
    secrecy: "move",
  }),
  select: openOperation((runtime, value: unknown, values) => chosen(runtime, value, values, { keep: true }), {
    secrecy: "move",
  }),
  reject: openOperation(
    (runtime, value: unknown, values) => chosen(runtime, value, values, { keep: false }),
    { secrecy: "move" },
  ),
  selectattr: openOperation(
    (runtime, value: unknown, [attribute, ...values]) =>
      chosen(runtime, value, values, { keep: true, attribute: textArgument(attribute) }),
    { secrecy: "move" },
  ),
  rejectattr: openOperation(
    (runtime, value: unknown, [attribute, ...values]) =>
      chosen(runtime, value, values, { keep: false, attribute: textArgument(attribute) }),
    { secrecy: "move" },
  ),
} satisfies Record<string, Operation>);

function endOf(value: unknown, index: 0 | -1): unknown {
  const item = itemsOf(value).at(index);
  if (item === undefined) throw templateError("the list is empty", "give a default, or test the list first");
  return item;
}

function pick(runtime: Runtime, item: unknown, attribute: Attribute): unknown {
  runtime.spend(1);
  return attribute === undefined || attribute === null ? item : runtime.attributeOf(item, attribute);
}

/** Without `case_sensitive`, texts are compared in lower case. */
function folded(value: unknown, sensitive: boolean | undefined): unknown {
  if (sensitive === true) return value;
  if (value instanceof Secret) return value.reveal().toLowerCase();
  return typeof value === "string" ? value.toLowerCase() : value;
}

interface Extreme {
  readonly sensitive: boolean | undefined;
  readonly attribute: Attribute;
  readonly sign: 1 | -1;
}

function extreme(runtime: Runtime, value: unknown, { sensitive, attribute, sign }: Extreme): unknown {
  const items = itemsOf(value);
  if (items.length === 0) throw templateError("the list is empty", "give a default, or test the list first");
  const keyOf = (item: unknown): unknown => folded(pick(runtime, item, attribute), sensitive);
  return items.reduce((best, item) => (sign * compare(keyOf(item), keyOf(best)) > 0 ? item : best));
}

function mapped(runtime: Runtime, value: unknown, values: readonly unknown[], named: NamedValues): unknown[] {
  const items = itemsOf(value);
  if (values.length === 0) {
    const { attribute, default: other, ...rest } = named;
    const extra = Object.keys(rest)[0];
    if (attribute === undefined || extra !== undefined)
      throw templateError("`map` needs a filter's name or `attribute`");
    return items.map((item) => {
      runtime.spend(1);
      if (other === undefined) return runtime.attributeOf(item, attribute as string);
      return optionalAttribute(runtime, item, attribute as string) ?? other;
    });
  }
  const [name, ...rest] = values;
  return items.map((item) => runtime.applyFilter(textArgument(name), item, rest, named));
}

function optionalAttribute(runtime: Runtime, item: unknown, attribute: string): unknown {
  try {
    return runtime.attributeOf(item, attribute);
  } catch {
    return undefined;
  }
}

function chosen(
  runtime: Runtime,
  value: unknown,
  [test, ...values]: readonly unknown[],
  { keep, attribute }: { readonly keep: boolean; readonly attribute?: string },
): unknown[] {
  return itemsOf(value).filter((item) => {
    const tested = pick(runtime, item, attribute);
    const passes =
      test === undefined ? truthOf(tested) : runtime.applyTest(textArgument(test), tested, values);
    return passes === keep;
  });
}

function positive(value: unknown, filter: string): number {
  const count = wholeArgument(value);
  if (count < 1) throw templateError(`\`${filter}\` needs a number above zero`);
  return count;
}

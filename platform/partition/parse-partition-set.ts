import type { PartitionSet } from "../core/partitions.ts";
import { suggest } from "../core/suggest.ts";
import { MultiKeys, type PartitionKeys } from "./partition-keys.ts";

/** What is wrong with the text of a set; `offset` counts from its start. */
export interface PartitionSetFault {
  readonly reason: string;
  readonly hint?: string;
  readonly offset: number;
}

/**
 * Reads `2026-01-01..2026-01-31` (both ends in; an end left out is the first or the newest), `a,b`, `all`,
 * `latest`, and for multi partitions `day=2026-01-01..2026-01-05,region=eu`, `{region: [eu, us], day: all}`
 * or keys such as `2026-01-01|eu`. Keys with `,`, `..`, `=` or brackets in them stand in double quotes.
 *
 * Every key must exist now. `latest` is the newest time window; of multi partitions, in all other dimensions.
 */
export function parsePartitionSet(
  text: string,
  keys: PartitionKeys,
): { readonly set: PartitionSet } | PartitionSetFault {
  try {
    return { set: readSet(text, 0, keys) };
  } catch (thrown) {
    if (thrown instanceof SetFault) return thrown.fault;
    throw thrown;
  }
}

class SetFault {
  readonly fault: PartitionSetFault;

  constructor(fault: PartitionSetFault) {
    this.fault = fault;
  }
}

interface Part {
  readonly text: string;
  readonly offset: number;
}

function readSet(text: string, offset: number, keys: PartitionKeys): PartitionSet {
  const whole = trimmed({ text, offset });
  if (whole.text === "") {
    throw new SetFault({
      reason: "no partition is named",
      hint: `name keys, a range \`first..last\`, or \`all\`; ${knownKeys(keys)}`,
      offset,
    });
  }
  if (whole.text === "all") return { kind: "all" };
  if (whole.text === "latest") return latestPartitions(keys, whole.offset);
  const parts = split(whole, ",");
  if (keys instanceof MultiKeys) {
    if (parts.some((part) => isBox(part)))
      return { kind: "product", boxes: parts.map((part) => readBox(part, keys)) };
    if (parts.some((part) => dimensionOf(part) !== undefined))
      return { kind: "product", boxes: [readDimensions(parts, keys)] };
  }
  const ranges = parts.map((part) => readRange(part, keys));
  if (ranges.every(([first, last]) => first === last))
    return { kind: "keys", keys: [...new Set(ranges.map(([first]) => first))] };
  return { kind: "ranges", ranges };
}

/** The newest time window. Without a time dimension there is no newest one, which is a fault. */
function latestPartitions(keys: PartitionKeys, offset: number): PartitionSet {
  const set = latestSet(keys);
  if (set !== undefined) return set;
  throw new SetFault(
    keys.count === 0
      ? { reason: "there is no partition yet", hint: "the first time window has not ended", offset }
      : {
          reason: "`latest` needs time partitions",
          hint: `name keys, or \`all\`; ${knownKeys(keys)}`,
          offset,
        },
  );
}

/** The newest time window, of multi partitions with every key of the other dimensions; `undefined` without one. */
export function latestSet(keys: PartitionKeys): PartitionSet | undefined {
  if (keys.definition.type === "time") {
    const latest = keys.latest();
    return latest === undefined ? undefined : { kind: "keys", keys: [latest] };
  }
  if (!(keys instanceof MultiKeys)) return undefined;
  const sides = keys.names.map((name, place) => {
    const dimension = keys.dimensions[place] as PartitionKeys;
    return [
      name,
      dimension.definition.type === "time" ? latestSet(dimension) : ({ kind: "all" } as const),
      dimension.definition.type,
    ] as const;
  });
  if (!sides.some(([, , type]) => type === "time") || sides.some(([, side]) => side === undefined))
    return undefined;
  return {
    kind: "product",
    boxes: [Object.fromEntries(sides.map(([name, side]) => [name, side as PartitionSet]))],
  };
}

function readRange(part: Part, keys: PartitionKeys): readonly [string, string] {
  const dots = indexOutsideQuotes(part.text, "..");
  if (dots < 0) {
    const key = readKey(part, keys);
    return [key, key];
  }
  const ends = [
    trimmed({ text: part.text.slice(0, dots), offset: part.offset }),
    trimmed({ text: part.text.slice(dots + 2), offset: part.offset + dots + 2 }),
  ] as const;
  if (keys.count === 0) throw new SetFault({ reason: "there is no partition yet", offset: part.offset });
  const first = ends[0].text === "" ? keys.at(0) : readKey(ends[0], keys);
  const last = ends[1].text === "" ? keys.at(keys.count - 1) : readKey(ends[1], keys);
  if (keys.indexOf(last) < keys.indexOf(first)) {
    throw new SetFault({
      reason: `the range \`${part.text}\` ends before it starts`,
      hint: `write \`${last}..${first}\``,
      offset: part.offset,
    });
  }
  return [first, last];
}

function readKey(part: Part, keys: PartitionKeys): string {
  const key = unquoted(part);
  const ordinal = keys.indexOf(key);
  if (ordinal >= 0) return keys.at(ordinal);
  const dimension = dimensionOf(part);
  if (dimension !== undefined && !(keys instanceof MultiKeys)) {
    throw new SetFault({
      reason: `\`${dimension.name}\` is no dimension: these partitions have only one`,
      hint: `leave \`${dimension.name}=\` out; ${knownKeys(keys)}`,
      offset: part.offset,
    });
  }
  const near = keys.definition.type === "time" ? undefined : suggest(key, [...take(keys, 2000)]);
  throw new SetFault({
    reason: key === "" ? "a key is empty" : `there is no partition \`${key}\``,
    hint: near === undefined ? knownKeys(keys) : `did you mean \`${near}\`?`,
    offset: part.offset,
  });
}

function isBox(part: Part): boolean {
  return part.text.startsWith("{") && part.text.endsWith("}");
}

function readBox(part: Part, keys: MultiKeys): { readonly [dimension: string]: PartitionSet } {
  if (!isBox(part)) {
    const key = readKey(part, keys);
    return Object.fromEntries(
      Object.entries(JSON.parse(key) as Record<string, string>).map(([name, value]) => [
        name,
        { kind: "keys", keys: [value] },
      ]),
    );
  }
  const box: Record<string, PartitionSet> = {};
  for (const entry of split({ text: part.text.slice(1, -1), offset: part.offset + 1 }, ",")) {
    const colon = indexOutsideQuotes(entry.text, ":");
    const name = unquoted(
      trimmed({ text: colon < 0 ? entry.text : entry.text.slice(0, colon), offset: entry.offset }),
    );
    const place = keys.names.indexOf(name);
    if (colon < 0 || place < 0) {
      throw new SetFault({
        reason:
          colon < 0 ? `\`${entry.text}\` is not \`dimension: keys\`` : `there is no dimension \`${name}\``,
        hint: `dimensions are ${keys.names.join(", ")}`,
        offset: entry.offset,
      });
    }
    const value = trimmed({ text: entry.text.slice(colon + 1), offset: entry.offset + colon + 1 });
    const inner =
      value.text.startsWith("[") && value.text.endsWith("]")
        ? { text: value.text.slice(1, -1), offset: value.offset + 1 }
        : value;
    box[name] = readSet(inner.text, inner.offset, keys.dimensions[place] as PartitionKeys);
  }
  refuseMissing(box, keys, { offset: part.offset, sign: ": " });
  return box;
}

/** Of `region=eu` the name and what stands behind the sign; `undefined` for a key. */
function dimensionOf(part: Part): { readonly name: string; readonly value: Part } | undefined {
  const [whole, name] = /^([\p{L}_][\p{L}\p{N}_-]*)\s*=/u.exec(part.text) ?? [];
  if (whole === undefined || name === undefined) return undefined;
  return {
    name,
    value: trimmed({ text: part.text.slice(whole.length), offset: part.offset + whole.length }),
  };
}

/** `day=2026-01-01..2026-01-05,region=eu,us`: what has no name goes on with the dimension before it. */
function readDimensions(
  parts: readonly Part[],
  keys: MultiKeys,
): { readonly [dimension: string]: PartitionSet } {
  const texts = new Map<string, Part>();
  let last: string | undefined;
  for (const part of parts) {
    const dimension = dimensionOf(part);
    const before: Part | undefined = last === undefined ? undefined : texts.get(last);
    if (dimension === undefined) {
      if (last === undefined || before === undefined) {
        throw new SetFault({
          reason: `\`${part.text}\` stands before any dimension`,
          hint: `write \`${keys.names[0]}=${part.text}\`; dimensions are ${keys.names.join(", ")}`,
          offset: part.offset,
        });
      }
      texts.set(last, { text: `${before.text},${part.text}`, offset: before.offset });
      continue;
    }
    const { name, value } = dimension;
    if (!keys.names.includes(name) || texts.has(name)) {
      const near = suggest(name, keys.names);
      throw new SetFault({
        reason: texts.has(name)
          ? `the dimension \`${name}\` is named twice`
          : `there is no dimension \`${name}\``,
        hint:
          near === undefined || near === name
            ? `dimensions are ${keys.names.join(", ")}`
            : `did you mean \`${near}\`?`,
        offset: part.offset,
      });
    }
    texts.set(name, value);
    last = name;
  }
  const box = Object.fromEntries(
    Array.from(texts, ([name, { text, offset }]) => [
      name,
      readSet(text, offset, keys.dimensions[keys.names.indexOf(name)] as PartitionKeys),
    ]),
  );
  refuseMissing(box, keys, { offset: (parts[0] as Part).offset, sign: "=" });
  return box;
}

function refuseMissing(
  box: { readonly [dimension: string]: PartitionSet },
  keys: MultiKeys,
  { offset, sign }: { readonly offset: number; readonly sign: string },
): void {
  const missing = keys.names.filter((name) => box[name] === undefined);
  if (missing.length === 0) return;
  throw new SetFault({
    reason: `no key is named for the dimension \`${missing.join("`, `")}\``,
    hint: `for all of them write \`${missing[0]}${sign}all\``,
    offset,
  });
}

/** In words, which keys there are. */
export function knownKeys(keys: PartitionKeys): string {
  if (keys.count === 0) return "there is no partition yet";
  if (keys.count <= 8) return `partitions are ${[...keys].join(", ")}`;
  return `partitions go from ${keys.at(0)} to ${keys.at(keys.count - 1)} (${keys.count})`;
}

/** Splits at a separator outside quotes and brackets; parts come trimmed. */
function split(part: Part, separator: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  let depth = 0;
  let quoted = false;
  for (let index = 0; index <= part.text.length; index++) {
    const letter = part.text[index];
    if (letter === '"' && part.text[index - 1] !== "\\") quoted = !quoted;
    if (!quoted && (letter === "{" || letter === "[")) depth++;
    if (!quoted && (letter === "}" || letter === "]")) depth--;
    if (letter === undefined || (letter === separator && !quoted && depth === 0)) {
      parts.push(trimmed({ text: part.text.slice(from, index), offset: part.offset + from }));
      from = index + 1;
    }
  }
  return parts;
}

function indexOutsideQuotes(text: string, wanted: string): number {
  const blanked = text.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => " ".repeat(quoted.length));
  return blanked.indexOf(wanted);
}

function unquoted(part: Part): string {
  if (!/^"(?:[^"\\]|\\.)*"$/.test(part.text)) return part.text;
  try {
    return JSON.parse(part.text) as string;
  } catch {
    throw new SetFault({ reason: `${part.text} is no quoted text`, offset: part.offset });
  }
}

function trimmed(part: Part): Part {
  return { text: part.text.trim(), offset: part.offset + part.text.length - part.text.trimStart().length };
}

function* take(keys: Iterable<string>, most: number): Generator<string> {
  let left = most;
  for (const key of keys) {
    if (left-- === 0) return;
    yield key;
  }
}

import { parseAssetKey } from "../core/asset-key.ts";
import type { PartitionMapping } from "../core/partitions.ts";
import { isPlainObject } from "../core/secret.ts";
import { didYouMean } from "../core/suggest.ts";
import type { AttributeType, ReportValue } from "./attribute-type.ts";

export type PartitionMappings = { readonly [upstream: string]: PartitionMapping };

/** Mappings that have nothing to say but their name. */
const bare = ["identity", "all", "last", "time_window", "multi_to_single"] as const;

/** By type, the fields that may be written; those that must end with `!`. */
const forms: { readonly [Type in PartitionMapping["type"]]: readonly string[] } = {
  identity: [],
  all: [],
  last: [],
  specific: ["partition_keys!"],
  static: ["map!"],
  time_window: ["start_offset", "end_offset", "allow_nonexistent_upstream_partitions"],
  multi_to_single: ["dimension"],
  multi: ["dimensions!"],
};

const keys = { type: "array", items: { type: "string" } };

const writtenFields: { readonly [name: string]: object } = {
  partition_keys: { ...keys, description: "Partitions of the upstream asset that each slice needs." },
  map: {
    type: "object",
    description: "By upstream key, the keys that need it.",
    additionalProperties: { anyOf: [{ type: "string" }, keys] },
  },
  start_offset: { type: "integer", default: 0, description: "Counted in windows of this asset." },
  end_offset: { type: "integer", default: 0, description: "Counted in windows of this asset." },
  allow_nonexistent_upstream_partitions: { type: "boolean", default: false },
  dimension: { type: "string", description: "Which dimension belongs to the other asset's partitions." },
  dimensions: {
    type: "object",
    description: "By dimension of this asset: `{dimension: <of the upstream asset>, mapping: <a mapping>}`.",
  },
};

const writtenMapping = {
  anyOf: [
    { enum: bare },
    ...Object.entries(forms).map(([type, fields]) => ({
      type: "object",
      additionalProperties: false,
      required: ["type", ...fields.filter((field) => field.endsWith("!")).map(nameOf)],
      properties: {
        type: { const: type },
        ...Object.fromEntries(fields.map((field) => [nameOf(field), writtenFields[nameOf(field)]])),
      },
    })),
  ],
};

/** By upstream key: `last`, or a mapping such as `{type: time_window, start_offset: -1}`. */
export const partitionMappingsType: AttributeType<PartitionMappings> = {
  name: "partition-mappings",
  written: {
    description:
      "Which slices of an upstream asset a slice needs, by the upstream key: `{raw/orders: last}`, `{raw/orders: {type: time_window, start_offset: -1}}`.",
    type: "object",
    additionalProperties: writtenMapping,
  },
  // Ready-made ones have the same outline as written ones, and are read like them.
  isReady: (_value): _value is PartitionMappings => false,
  read(value, report) {
    if (!isPlainObject(value)) {
      report([], {
        code: "invalid-attribute-type",
        message: "partition mappings are a mapping of upstream keys",
        hint: "for example `{raw/orders: last}`",
      });
      return undefined;
    }
    const read = Object.entries(value).map(([upstream, written]) => {
      const at: ReportValue = (path, problem) => report([upstream, ...path], problem);
      const parsed = parseAssetKey(upstream);
      if ("reason" in parsed) {
        at([], { code: "invalid-asset-key", message: parsed.reason });
        return undefined;
      }
      const mapping = readMapping(written, at);
      return mapping === undefined ? undefined : ([parsed.key, mapping] as const);
    });
    return read.every((one) => one !== undefined) ? Object.fromEntries(read) : undefined;
  },
};

function readMapping(value: unknown, report: ReportValue): PartitionMapping | undefined {
  const fields = typeof value === "string" ? { type: value } : value;
  if (!isPlainObject(fields) || typeof fields["type"] !== "string") {
    report([], {
      code: "invalid-attribute-type",
      message: "a partition mapping is the name of one, or a mapping with `type`",
      hint: `for example \`last\`; types are ${Object.keys(forms).join(", ")}`,
    });
    return undefined;
  }
  const { type, ...given } = fields;
  const at: ReportValue = typeof value === "string" ? (_path, problem) => report([], problem) : report;
  if (!Object.hasOwn(forms, type as string)) {
    at(["type"], {
      code: "invalid-attribute-value",
      message: `there is no partition mapping \`${type}\``,
      hint: didYouMean(type as string, Object.keys(forms)) ?? `types are ${Object.keys(forms).join(", ")}`,
    });
    return undefined;
  }
  const kind = type as PartitionMapping["type"];
  return hasRightNames(given, kind, at) ? mappingOf(kind, given, at) : undefined;
}

function hasRightNames(
  given: Record<string, unknown>,
  type: PartitionMapping["type"],
  report: ReportValue,
): boolean {
  const names = forms[type].map(nameOf);
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  for (const name of unknown) {
    report([name], {
      code: "unknown-attribute",
      message: `a mapping of type \`${type}\` has no \`${name}\``,
      hint:
        didYouMean(name, names) ?? (names.length === 0 ? "it takes nothing" : `known: ${names.join(", ")}`),
    });
  }
  const missing = forms[type].filter((name) => name.endsWith("!") && given[nameOf(name)] === undefined);
  for (const name of missing) {
    report([], {
      code: "missing-attribute",
      message: `\`${nameOf(name)}\` is required for a mapping of type \`${type}\``,
    });
  }
  return unknown.length + missing.length === 0;
}

function mappingOf(
  type: PartitionMapping["type"],
  given: Record<string, unknown>,
  report: ReportValue,
): PartitionMapping | undefined {
  switch (type) {
    case "specific": {
      const read = keysAt("partition_keys", given["partition_keys"], report);
      return read === undefined ? undefined : { type, keys: read };
    }
    case "static":
      return staticOf(given["map"], report);
    case "time_window":
      return timeWindowOf(given, report);
    case "multi_to_single": {
      const { dimension } = given;
      if (dimension === undefined) return { type };
      return typeof dimension === "string" ? { type, dimension } : wrong("dimension", "text", report);
    }
    case "multi":
      return multiOf(given["dimensions"], report);
    default:
      return { type };
  }
}

function staticOf(map: unknown, report: ReportValue): PartitionMapping | undefined {
  if (!isPlainObject(map)) return wrong("map", "a mapping", report);
  const read = Object.entries(map).map(([upstream, to]) => {
    const list = keysAt(upstream, [to].flat(), (path, problem) => report(["map", ...path], problem));
    return list === undefined ? undefined : ([upstream, list] as const);
  });
  return read.every((one) => one !== undefined)
    ? { type: "static", map: Object.fromEntries(read) }
    : undefined;
}

function timeWindowOf(given: Record<string, unknown>, report: ReportValue): PartitionMapping | undefined {
  const {
    start_offset: startOffset = 0,
    end_offset: endOffset = 0,
    allow_nonexistent_upstream_partitions: allowNonexistent = false,
  } = given;
  if (!Number.isInteger(startOffset)) return wrong("start_offset", "a whole number", report);
  if (!Number.isInteger(endOffset)) return wrong("end_offset", "a whole number", report);
  if (typeof allowNonexistent !== "boolean")
    return wrong("allow_nonexistent_upstream_partitions", "true or false", report);
  return {
    type: "time_window",
    startOffset: startOffset as number,
    endOffset: endOffset as number,
    allowNonexistent,
  };
}

function multiOf(dimensions: unknown, report: ReportValue): PartitionMapping | undefined {
  if (!isPlainObject(dimensions)) return wrong("dimensions", "a mapping", report);
  const read = Object.entries(dimensions).map(([name, written]) => {
    const at: ReportValue = (path, problem) => report(["dimensions", name, ...path], problem);
    const side = typeof written === "string" ? { dimension: written } : written;
    if (!isPlainObject(side) || typeof side["dimension"] !== "string") {
      at([], {
        code: "invalid-attribute-type",
        message: "a dimension is mapped by the name of the upstream one, or by `{dimension, mapping}`",
      });
      return undefined;
    }
    const unknown = Object.keys(side).find((key) => key !== "dimension" && key !== "mapping");
    if (unknown !== undefined) {
      at([unknown], { code: "unknown-attribute", message: `there is no \`${unknown}\` here` });
      return undefined;
    }
    const mapping = readMapping(side["mapping"] ?? "identity", (path, problem) =>
      at(["mapping", ...path], problem),
    );
    return mapping === undefined ? undefined : ([name, { dimension: side["dimension"], mapping }] as const);
  });
  return read.every((one) => one !== undefined)
    ? { type: "multi", dimensions: Object.fromEntries(read) }
    : undefined;
}

function keysAt(name: string, value: unknown, report: ReportValue): string[] | undefined {
  if (Array.isArray(value) && value.every((key) => key !== null && typeof key !== "object"))
    return value.map(String);
  return wrong(name, "a list of keys", report);
}

function wrong(name: string, words: string, report: ReportValue): undefined {
  report([name], { code: "invalid-attribute-type", message: `\`${name}\` must be ${words}` });
  return undefined;
}

function nameOf(field: string): string {
  return field.replace("!", "");
}

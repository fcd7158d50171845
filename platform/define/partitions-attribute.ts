import {
  isPartitionsDefinition,
  type PartitionsDefinition,
  type TimePartitions,
} from "../core/partitions.ts";
import { isPlainObject } from "../core/secret.ts";
import { didYouMean } from "../core/suggest.ts";
import { type Cadence, cadencePartitions } from "../core/time-partitions.ts";
import type { AttributeType, ReportValue } from "./attribute-type.ts";

const timeFields = {
  start_date: { type: "string", description: "First window start, such as 2026-01-01." },
  end_date: { type: "string", description: "Exclusive end." },
  timezone: { type: "string", default: "UTC" },
  fmt: { type: "string", description: "strftime text of the keys." },
  end_offset: { type: "integer", description: "Windows beyond the last complete one that exist already." },
  exclusions: { type: "array", items: { type: "string" } },
};

const offset = (maximum: number, minimum = 0) => ({ type: "integer", minimum, maximum });
const minute_offset = offset(59);
const hour_offset = offset(23);

interface Form {
  /** The first one that is missing is told first. */
  readonly required: readonly string[];
  readonly fields: { readonly [name: string]: object };
}

/** By `type`, what may be written. */
const forms: { readonly [type: string]: Form } = {
  hourly: { required: ["start_date"], fields: { ...timeFields, minute_offset } },
  daily: { required: ["start_date"], fields: { ...timeFields, minute_offset, hour_offset } },
  weekly: {
    required: ["start_date"],
    fields: { ...timeFields, minute_offset, hour_offset, day_offset: offset(6) },
  },
  monthly: {
    required: ["start_date"],
    fields: { ...timeFields, minute_offset, hour_offset, day_offset: offset(31, 1) },
  },
  time_window: {
    required: ["start_date", "cron_schedule", "fmt"],
    fields: { ...timeFields, cron_schedule: { type: "string" } },
  },
  static: {
    required: ["partition_keys"],
    fields: { partition_keys: { type: "array", items: { type: "string" }, uniqueItems: true } },
  },
  dynamic: { required: ["name"], fields: { name: { type: "string" } } },
  multi: { required: ["dimensions"], fields: { dimensions: { type: "object", minProperties: 2 } } },
};

/** `{type: daily, start_date: 2026-01-01}` and its kin; dates need no quotes. */
export const partitionsType: AttributeType<PartitionsDefinition> = {
  name: "partitions",
  written: {
    description:
      "How the asset is sliced, such as `{type: daily, start_date: 2026-01-01, timezone: Asia/Seoul}`.",
    oneOf: Object.entries(forms).map(([type, { required, fields }]) => ({
      type: "object",
      additionalProperties: false,
      required: ["type", ...required],
      properties: { type: { const: type }, ...fields },
    })),
  },
  isReady: isPartitionsDefinition,
  read: readPartitions,
};

function readPartitions(value: unknown, report: ReportValue): PartitionsDefinition | undefined {
  if (!isPlainObject(value)) {
    report([], {
      code: "invalid-attribute-type",
      message: "partitions are a mapping with `type`, or a template that gives them",
      hint: "for example `{type: daily, start_date: 2026-01-01}`",
    });
    return undefined;
  }
  const { type } = value;
  if (typeof type !== "string" || !Object.hasOwn(forms, type)) {
    reportType(type, report);
    return undefined;
  }
  const given = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
  return hasRightFields(given, { type, form: forms[type] as Form }, report)
    ? definitionOf(type, given, report)
    : undefined;
}

function reportType(type: unknown, report: ReportValue): void {
  const types = Object.keys(forms);
  const hint =
    (typeof type === "string" ? didYouMean(type, types) : undefined) ?? `types are ${types.join(", ")}`;
  if (type === undefined) {
    report([], { code: "missing-attribute", message: "`type` of the partitions is missing", hint });
  } else {
    const message = `there are no partitions of type \`${String(type)}\``;
    report(["type"], { code: "invalid-attribute-value", message, hint });
  }
}

function definitionOf(
  type: string,
  value: Record<string, unknown>,
  report: ReportValue,
): PartitionsDefinition | undefined {
  switch (type) {
    case "static":
      return { type: "static", keys: (value["partition_keys"] as unknown[]).map(String) };
    case "dynamic":
      return { type: "dynamic", name: value["name"] as string };
    case "multi":
      return readMulti(value["dimensions"] as Record<string, unknown>, report);
    case "time_window": {
      const { cadence: _cadence, ...window } = timeOf("daily", value);
      return { ...window, cron: value["cron_schedule"] as string };
    }
    default:
      return timeOf(type as Cadence, value);
  }
}

function timeOf(cadence: Cadence, value: Record<string, unknown>): TimePartitions {
  const options = {
    start: value["start_date"],
    end: value["end_date"],
    timeZone: value["timezone"],
    format: value["fmt"],
    minuteOffset: value["minute_offset"],
    hourOffset: value["hour_offset"],
    dayOffset: value["day_offset"],
    endOffset: value["end_offset"],
    exclusions: (value["exclusions"] as unknown[] | undefined)?.map(String),
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, option]) => option !== undefined));
  return cadencePartitions(cadence, given as unknown as Parameters<typeof cadencePartitions>[1]);
}

function readMulti(
  dimensions: Record<string, unknown>,
  report: ReportValue,
): PartitionsDefinition | undefined {
  const read: Record<string, Exclude<PartitionsDefinition, { type: "multi" }>> = {};
  for (const name of Object.keys(dimensions).toSorted()) {
    const part = partitionsType.isReady(dimensions[name])
      ? dimensions[name]
      : readPartitions(dimensions[name], (path, problem) => report(["dimensions", name, ...path], problem));
    if (part === undefined) return undefined;
    if (part.type === "multi") {
      report(["dimensions", name], {
        code: "invalid-attribute-value",
        message: "a dimension cannot be `multi` itself",
      });
      return undefined;
    }
    read[name] = part;
  }
  return { type: "multi", dimensions: read };
}

function hasRightFields(
  value: Record<string, unknown>,
  { type, form }: { type: string; form: Form },
  report: ReportValue,
): boolean {
  const known = ["type", ...Object.keys(form.fields)];
  let right = true;
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    report([key], {
      code: "unknown-attribute",
      message: `partitions of type \`${type}\` have no \`${key}\``,
      hint: didYouMean(key, known) ?? `known: ${known.join(", ")}`,
    });
    right = false;
  }
  for (const key of form.required) {
    if (value[key] !== undefined) continue;
    report([], {
      code: "missing-attribute",
      message: `\`${key}\` is required for partitions of type \`${type}\``,
    });
    right = false;
  }
  for (const [key, field] of Object.entries(form.fields)) {
    if (value[key] === undefined || fits(value[key], field as FieldForm)) continue;
    report([key], {
      code: "invalid-attribute-type",
      message: `\`${key}\` must be ${wordsOf(field as FieldForm)}`,
    });
    right = false;
  }
  return right;
}

interface FieldForm {
  readonly type: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

function fits(value: unknown, field: FieldForm): boolean {
  if (field.type === "integer") {
    return (
      Number.isInteger(value) &&
      (value as number) >= (field.minimum ?? -Infinity) &&
      (value as number) <= (field.maximum ?? Infinity)
    );
  }
  if (field.type === "array") {
    return Array.isArray(value) && value.every((item) => item !== null && typeof item !== "object");
  }
  if (field.type === "object") return isPlainObject(value);
  return typeof value === field.type;
}

function wordsOf(field: FieldForm): string {
  const range = field.maximum === undefined ? "" : ` from ${field.minimum} to ${field.maximum}`;
  return (
    { integer: `a whole number${range}`, array: "a list of keys", object: "a mapping", string: "text" }[
      field.type
    ] ?? field.type
  );
}

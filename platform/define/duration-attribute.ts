import { parseDurationSeconds } from "../core/duration.ts";
import { isPlainObject } from "../core/secret.ts";
import type { AttributeType, ReportValue } from "./attribute-type.ts";

const unitSeconds: { readonly [unit: string]: number } = {
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
  weeks: 604_800,
};

/** A fixed length of time in seconds; a day is 24 hours. */
export const durationType: AttributeType<number> = {
  name: "duration",
  written: {
    description:
      "A length of time: `90m`, `36h`, `1d12h`, `PT36H`, seconds, or a mapping such as `{hours: 36}`.",
    anyOf: [
      { type: "string", pattern: "^(P.*|([0-9]+(\\.[0-9]+)?[smhdw])+)$" },
      { type: "number", minimum: 0 },
      {
        type: "object",
        additionalProperties: false,
        minProperties: 1,
        properties: Object.fromEntries(Object.keys(unitSeconds).map((unit) => [unit, { type: "number" }])),
      },
    ],
  },
  isReady: isLength,
  read(value, report) {
    if (isPlainObject(value)) return secondsOfMapping(value, report);
    const seconds =
      typeof value === "string" ? parseDurationSeconds(value) : isLength(value) ? value : undefined;
    if (seconds === undefined) {
      report([], {
        code: "invalid-attribute-value",
        message: `\`${String(value)}\` is no length of time`,
        hint: "write it as `90m`, `36h`, `1d12h`, `PT36H` or `{hours: 36}`",
      });
    }
    return seconds;
  },
};

function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function secondsOfMapping(mapping: Record<string, unknown>, report: ReportValue): number | undefined {
  if (Object.keys(mapping).length === 0) {
    report([], {
      code: "invalid-attribute-value",
      message: "a length of time needs at least one unit",
      hint: `units are ${Object.keys(unitSeconds).join(", ")}`,
    });
    return undefined;
  }
  let total = 0;
  for (const [unit, amount] of Object.entries(mapping)) {
    const seconds = Object.hasOwn(unitSeconds, unit) ? unitSeconds[unit] : undefined;
    if (seconds === undefined) {
      report([unit], {
        code: "unknown-attribute",
        message: `\`${unit}\` is no unit of time`,
        hint: `units are ${Object.keys(unitSeconds).join(", ")}`,
      });
      return undefined;
    }
    if (!isLength(amount)) {
      report([unit], { code: "invalid-attribute-type", message: `\`${unit}\` takes a number from 0 on` });
      return undefined;
    }
    total += seconds * amount;
  }
  return total;
}

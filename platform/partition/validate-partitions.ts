import type { PartitionsDefinition, TimePartitions } from "../core/partitions.ts";
import type { ProblemCode } from "../core/problem.ts";
import { parseCron } from "../cron/ticks.ts";
import { zoneNamed } from "../cron/time-zone.ts";
import { parseWritten, unknownDirective } from "./key-format.ts";
import { timeWindowsOf } from "./time-windows.ts";

/** What is wrong with a definition; whoever knows its place makes it a problem. */
export interface PartitionsFault {
  readonly code: Extract<ProblemCode, "invalid-partitions" | "invalid-cron" | "invalid-time-zone">;
  readonly message: string;
  readonly hint?: string;
}

/** Everything that is wrong; with an empty answer `partitionKeys` does not throw. */
export function validatePartitions(definition: PartitionsDefinition): PartitionsFault[] {
  switch (definition.type) {
    case "time":
      return timeFaults(definition);
    case "static":
      return keyFaults(definition.keys);
    case "dynamic":
      return definition.name.trim() === "" ? [fault("dynamic partitions have no name")] : [];
    case "multi": {
      const parts = Object.entries(definition.dimensions);
      const times = parts.filter(([, part]) => part.type === "time").map(([name]) => name);
      return [
        ...(parts.length < 2 ? [fault("multi partitions need at least two dimensions")] : []),
        ...(times.length > 1
          ? [fault(`multi partitions have at most one time dimension, not \`${times.join("` and `")}\``)]
          : []),
        ...parts.flatMap(([name, part]) =>
          validatePartitions(part).map((inner) => ({
            ...inner,
            message: `dimension \`${name}\`: ${inner.message}`,
          })),
        ),
      ];
    }
  }
}

function timeFaults(definition: TimePartitions): PartitionsFault[] {
  const { cron, timeZone, format, start, end, endOffset, exclusions = [] } = definition;
  const faults: PartitionsFault[] = [];
  const judged = parseCron(cron, timeZone);
  if (!judged.ok) {
    const code = judged.field === "cron" ? "invalid-cron" : "invalid-time-zone";
    const message =
      judged.field === "cron" ? `the cron text \`${cron}\` is wrong: ${judged.reason}` : judged.reason;
    faults.push({ code, message, ...(judged.hint === undefined ? {} : { hint: judged.hint }) });
  }
  const unknown = unknownDirective(format);
  if (unknown !== undefined) {
    faults.push(
      fault(
        `the format \`${format}\` has \`${unknown}\`, which is no part of a date`,
        "for example `%Y-%m-%d` or `%Y-%m-%d-%H:%M`",
      ),
    );
  }
  if (!Number.isInteger(endOffset)) faults.push(fault("`end_offset` must be a whole number"));
  const startAt = parseWritten(format, start);
  const endAt = end === undefined ? undefined : parseWritten(format, end);
  if (startAt === undefined)
    faults.push(
      fault(`the start \`${start}\` is no date`, "write it as `2026-01-01` or in the format of the keys"),
    );
  if (end !== undefined && endAt === undefined)
    faults.push(
      fault(`the end \`${end}\` is no date`, "write it as `2026-01-01` or in the format of the keys"),
    );
  if (startAt !== undefined && endAt !== undefined && endAt <= startAt) {
    faults.push(fault(`the end \`${end}\` is not after the start \`${start}\``));
  }
  for (const text of exclusions) {
    if (parseWritten(format, text) === undefined && !parseCron(text).ok) {
      faults.push(fault(`the exclusion \`${text}\` is neither a key nor a cron text`));
    }
  }
  return faults.length > 0 ? faults : equalKeyFaults(definition);
}

/** Neighbouring windows must print differently; the first dozens show whether the format is fine enough. */
function equalKeyFaults(definition: TimePartitions): PartitionsFault[] {
  const windows = timeWindowsOf(definition);
  if (windows.firstTick === Number.POSITIVE_INFINITY) return [fault("no time window ever starts")];
  // Judged from the definition's own start, so the answer does not depend on today.
  const year =
    zoneNamed(definition.timeZone).offsetAt(windows.firstTick) + windows.firstTick + 366 * 86_400_000;
  const seen = new Set<string>();
  for (const window of windows.overlapping({ start: windows.firstTick, end: year })) {
    const key = windows.keyOf(window.start);
    if (seen.has(key)) {
      return [
        fault(
          `the format \`${definition.format}\` gives two time windows the key \`${key}\``,
          "add what tells them apart, such as `-%H:%M`",
        ),
      ];
    }
    seen.add(key);
    if (seen.size > 100) break;
  }
  return [];
}

function keyFaults(keys: readonly string[]): PartitionsFault[] {
  if (keys.length === 0) return [fault("static partitions have no keys")];
  const faults: PartitionsFault[] = [];
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key)) faults.push(fault(`the partition key \`${key}\` is given twice`));
    seen.add(key);
    if (key === "") faults.push(fault("a partition key is empty"));
    else if (key !== key.trim() || hasControlCharacter(key)) {
      faults.push(
        fault(
          `the partition key ${JSON.stringify(key)} starts or ends with a blank or holds a control character`,
        ),
      );
    }
  }
  return faults;
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((letter) => letter < " ");
}

function fault(message: string, hint?: string): PartitionsFault {
  return { code: "invalid-partitions", message, ...(hint === undefined ? {} : { hint }) };
}

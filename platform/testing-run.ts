import type { AssetKey, CheckKey } from "./core/asset-key.ts";
import type { CheckSeverity } from "./core/check.ts";
import type { ErrorInfo, RunEventBody } from "./core/event.ts";
import type { Metadata } from "./core/metadata.ts";
import type { AssetReference } from "./define/asset-reference.ts";
import { onlyOutput } from "./define/op-output.ts";
import type { StoredValues } from "./testing-io.ts";

/** A value that a step handed on. */
export interface HandedValue {
  /** The step's name. */
  readonly step: string;
  readonly output: string;
  /** Of a dynamic output, or of a step that ran once for each of one. */
  readonly mappingKey: string | undefined;
  readonly value: unknown;
}

export interface TestMaterialization {
  readonly asset: AssetKey;
  readonly partition: string | null;
  readonly metadata: Metadata;
  readonly dataVersion?: string;
}

export interface TestCheck {
  readonly check: CheckKey;
  readonly partition: string | null;
  readonly passed: boolean;
  readonly severity: CheckSeverity;
  readonly blocking: boolean;
  readonly description?: string;
  readonly metadata: Metadata;
}

/** How a run in a test went. */
export interface TestRun {
  readonly success: boolean;
  /** Of the first step that failed, or of the run. */
  readonly error: ErrorInfo | undefined;
  /** What an asset's step stored, as whoever is downstream loads it; throws RangeError where nothing was stored. */
  outputOf<Stored>(asset: AssetReference<Stored> | string, partition?: string): Stored;
  /**
   * What a step of a graph handed on: the step by its name, whole or without that of the graph; the output by its name,
   * where it has one. Throws RangeError where nothing came.
   */
  valueOf(step: string, output?: string, mappingKey?: string): unknown;
  readonly events: readonly RunEventBody[];
  readonly materializations: readonly TestMaterialization[];
  readonly checks: readonly TestCheck[];
}

export function testRun({
  success,
  events,
  stored,
  handed,
}: {
  readonly success: boolean;
  readonly events: readonly RunEventBody[];
  readonly stored: StoredValues;
  readonly handed: readonly HandedValue[];
}): TestRun {
  return {
    success,
    error: errorOf(events),
    outputOf: (asset, partition) =>
      storedValue(stored, typeof asset === "string" ? asset : asset.key, partition),
    valueOf: (step, output = onlyOutput, mappingKey = undefined) => {
      const found = handed.find(
        (one) =>
          (one.step === step || one.step.endsWith(`.${step}`)) &&
          one.output === output &&
          one.mappingKey === mappingKey,
      );
      if (found !== undefined) return found.value;
      const known = handed.map(
        (one) => `${one.step} ${one.output}${one.mappingKey === undefined ? "" : `[${one.mappingKey}]`}`,
      );
      throw new RangeError(
        `no step \`${step}\` gave \`${output}\`; there are: ${known.join(", ") || "none"}`,
      );
    },
    events,
    materializations: events.flatMap((event): TestMaterialization[] => {
      if (event.type !== "asset.materialized") return [];
      const { asset, partition, metadata, dataVersion } = event;
      return [{ asset, partition, metadata, ...(dataVersion === undefined ? {} : { dataVersion }) }];
    }),
    checks: events.flatMap((event): TestCheck[] => {
      if (event.type !== "check.evaluated") return [];
      const { type: _type, step: _step, ...check } = event;
      return [check];
    }),
  };
}

function errorOf(events: readonly RunEventBody[]): ErrorInfo | undefined {
  const step = events.find((event) => event.type === "step.failed");
  const run = events.find((event) => event.type === "run.failed");
  return step?.error ?? run?.error;
}

function storedValue<Stored>(stored: StoredValues, asset: string, partition: string | undefined): Stored {
  const slices = stored.get(asset);
  const [first, ...others] = slices?.keys() ?? [];
  const slice = partition ?? first;
  if (slices === undefined || slice === undefined || !slices.has(slice)) {
    const what = partition === undefined ? "" : `[${partition}]`;
    throw new RangeError(
      `nothing was stored of ${asset}${what}; stored: ${[...stored.keys()].join(", ") || "nothing"}`,
    );
  }
  if (partition === undefined && others.length > 0) {
    throw new RangeError(
      `several partitions of ${asset} were stored: name one of ${[...slices.keys()].join(", ")}`,
    );
  }
  return slices.get(slice) as Stored;
}

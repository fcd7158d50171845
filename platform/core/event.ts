import type { AssetKey, CheckKey } from "./asset-key.ts";
import type { CheckSeverity } from "./check.ts";
import type { FreshnessChange } from "./freshness.ts";
import type { Metadata } from "./metadata.ts";
import type { RunFailureReason, RunId } from "./run.ts";
import { isPlainObject } from "./secret.ts";

/** An error as data: what crosses process borders and is stored. */
export interface ErrorInfo {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorInfo;
}

export const stepStatuses = ["pending", "running", "success", "failure", "skipped", "canceled"] as const;
export type StepStatus = (typeof stepStatuses)[number];

/** `null` is the unpartitioned asset. */
type Partition = string | null;

/**
 * A fact about a run, appended and never changed; what it says beyond `EventHeader`, by type. `freshness.changed` is
 * of no run: `freshnessLog` says what stands in its place.
 */
export type RunEventBody =
  | {
      readonly type:
        | "run.queued"
        | "run.starting"
        | "run.started"
        | "run.succeeded"
        | "run.canceling"
        | "run.canceled";
    }
  | { readonly type: "run.failed"; readonly error: ErrorInfo; readonly reason?: RunFailureReason }
  | { readonly type: "step.started"; readonly step: string; readonly attempt: number }
  | { readonly type: "step.succeeded"; readonly step: string; readonly durationMs: number }
  | {
      readonly type: "step.failed";
      readonly step: string;
      readonly error: ErrorInfo;
      readonly durationMs: number;
      /** What a `Failure` said for whoever reads why. */
      readonly metadata?: Metadata;
    }
  | {
      readonly type: "step.skipped";
      readonly step: string;
      readonly reason: string;
      /** Whether a step before it did not end well; otherwise there was simply nothing for it to do. */
      readonly abandoned?: true;
    }
  | { readonly type: "step.canceled"; readonly step: string; readonly durationMs: number }
  | {
      readonly type: "step.retrying";
      readonly step: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly error: ErrorInfo;
    }
  | {
      readonly type: "asset.planned";
      readonly step: string;
      readonly asset: AssetKey;
      readonly partition: Partition;
    }
  | {
      readonly type: "asset.materialized" | "asset.observed";
      readonly step: string;
      readonly asset: AssetKey;
      readonly partition: Partition;
      readonly metadata: Metadata;
      readonly dataVersion?: string;
      readonly codeVersion?: string;
    }
  | {
      readonly type: "asset.failed";
      readonly step: string;
      readonly asset: AssetKey;
      readonly partition: Partition;
      readonly error: ErrorInfo;
    }
  | { readonly type: "check.planned"; readonly step: string; readonly check: CheckKey }
  | {
      readonly type: "check.evaluated";
      readonly step: string;
      readonly check: CheckKey;
      readonly partition: Partition;
      readonly passed: boolean;
      readonly severity: CheckSeverity;
      readonly blocking: boolean;
      readonly description?: string;
      readonly metadata: Metadata;
    }
  | {
      readonly type: "output.stored" | "input.loaded";
      readonly step: string;
      readonly asset: AssetKey;
      readonly io: string;
      readonly metadata: Metadata;
    }
  | {
      /** A value for other steps is kept with the run. */
      readonly type: "value.stored";
      readonly step: string;
      readonly output: string;
      /** Of a dynamic output. */
      readonly mappingKey?: string;
      readonly metadata: Metadata;
    }
  | {
      readonly type: "file.attached";
      readonly step: string;
      /** By which it is downloaded: unique in the instance. */
      readonly file: string;
      readonly name: string;
      readonly mediaType: string;
      readonly sizeBytes: number;
      readonly asset?: AssetKey;
      readonly partition?: Partition;
    }
  | { readonly type: "hook.completed"; readonly step: string; readonly hook: string }
  | { readonly type: "hook.failed"; readonly step: string; readonly hook: string; readonly error: ErrorInfo }
  | {
      readonly type: "resource.started" | "resource.stopped";
      readonly resource: string;
      readonly durationMs: number;
    }
  | { readonly type: "resource.failed"; readonly resource: string; readonly error: ErrorInfo }
  | {
      readonly type: "logs.captured";
      readonly step: string;
      readonly stream: "stdout" | "stderr";
      /** Name in the run's log folder. */
      readonly file: string;
      readonly sizeBytes: number;
    }
  | ({ readonly type: "freshness.changed" } & FreshnessChange)
  | {
      readonly type: "log";
      readonly step?: string;
      readonly level: "debug" | "info" | "warning" | "error";
      readonly message: string;
    };

/** `seq` counts from 1 within an epoch of a run; (runId, epoch, seq) is unique. `at` is milliseconds since 1970. */
export interface EventHeader {
  readonly runId: RunId;
  readonly epoch: number;
  readonly seq: number;
  readonly at: number;
}

export type RunEvent = EventHeader & RunEventBody;

export type RunEventType = RunEventBody["type"];

/** Under which name the log has the freshness of an asset, where other events name their run. */
export function freshnessLog(asset: AssetKey): RunId {
  return `freshness/${asset}` as RunId;
}

/** An error in a form that can be stored; anything thrown is accepted. Of its causes ten are told at most. */
export function errorInfo(thrown: unknown): ErrorInfo {
  return infoOf(thrown, 10);
}

function infoOf(thrown: unknown, causes: number): ErrorInfo {
  if (!(thrown instanceof Error)) return { name: "Error", message: textOf(thrown) };
  return {
    name: thrown.name,
    message: thrown.message,
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
    ...(thrown.cause === undefined || causes === 0 ? {} : { cause: infoOf(thrown.cause, causes - 1) }),
  };
}

/** Plain objects as JSON; `String` would tell nothing of them, or throw where they have no prototype. */
function textOf(thrown: unknown): string {
  if (!isPlainObject(thrown)) return String(thrown);
  try {
    return JSON.stringify(thrown);
  } catch {
    return "an object that cannot be shown";
  }
}

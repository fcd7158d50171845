import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { ErrorInfo, RunEventBody } from "../core/event.ts";
import { type Metadata, metadataOf, type RawMetadata } from "../core/metadata.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import { type CheckOutcome, type MaterializeOptions, StepError } from "../define/step.ts";

/** What one attempt at a step has told so far. Keys are those of the plan. */
export class StepReports {
  readonly #step: PlannedStep;
  readonly #emit: (body: RunEventBody) => void;
  /** Materialized or observed slices by asset; `null` is the unpartitioned asset. */
  readonly #reported = new Map<AssetKey, Set<string | null>>();
  readonly #metadata = new Map<AssetKey, RawMetadata>();
  readonly #answered = new Set<CheckKey>();
  readonly #failedBlocking = new Set<CheckKey>();
  #isOver = false;

  constructor(step: PlannedStep, emit: (body: RunEventBody) => void) {
    this.#step = step;
    this.#emit = emit;
  }

  /** Blocking checks that did not pass, with severity `error`. */
  get failedBlocking(): readonly CheckKey[] {
    return [...this.#failedBlocking];
  }

  /** Assets that the step may leave as they are and has left so. */
  get unmade(): readonly AssetKey[] {
    return this.#step.skippable.filter((asset) => !this.#reported.has(asset));
  }

  /**
   * Of equal names, `options` wins over what was added before, and that over what the IO manager told.
   *
   * Without a partition it is about the slices that were not reported yet; where there is none left it tells
   * nothing new, unless it has something to say of them.
   */
  asset(
    type: "asset.materialized" | "asset.observed",
    asset: AssetKey,
    options: MaterializeOptions & { readonly stored?: RawMetadata } = {},
  ): void {
    this.#requireOpen();
    this.requireSelected(asset);
    const metadata = metadataOf({ ...options.stored, ...this.#metadata.get(asset), ...options.metadata });
    const codeVersion = this.#step.codeVersions[asset];
    for (const partition of this.#slicesToReport(asset, options)) {
      this.#emit({
        type,
        step: this.#step.key,
        asset,
        partition,
        metadata,
        ...(options.dataVersion === undefined ? {} : { dataVersion: options.dataVersion }),
        ...(codeVersion === undefined ? {} : { codeVersion }),
      });
      this.#reported.set(asset, (this.#reported.get(asset) ?? new Set()).add(partition));
    }
  }

  #slicesToReport(
    asset: AssetKey,
    { partition, metadata, dataVersion }: MaterializeOptions,
  ): readonly (string | null)[] {
    const slices = slicesOf(this.#step, partition);
    if (partition !== undefined) return slices;
    const left = slices.filter((slice) => this.#reported.get(asset)?.has(slice) !== true);
    return left.length === 0 && (metadata !== undefined || dataVersion !== undefined) ? slices : left;
  }

  addMetadata(asset: AssetKey, metadata: RawMetadata): void {
    this.#requireOpen();
    this.requireSelected(asset);
    this.#metadata.set(asset, { ...this.#metadata.get(asset), ...metadata });
  }

  check(check: CheckKey, outcome: CheckOutcome): void {
    this.#requireOpen();
    if (!this.#step.checks.includes(check)) throw notSelected("check", check, this.#step.checks);
    const { passed, severity = "error", description, metadata } = outcome;
    if (typeof passed !== "boolean") {
      throw new StepError(`the answer to \`${check}\` lacks \`passed: true\` or \`passed: false\``, {
        retry: "never",
      });
    }
    const blocking = this.#step.blockingChecks.includes(check);
    const { partitions } = this.#step;
    this.#emit({
      type: "check.evaluated",
      step: this.#step.key,
      check,
      partition: partitions?.length === 1 ? (partitions[0] as string) : null,
      passed,
      severity,
      blocking,
      ...(description === undefined ? {} : { description }),
      metadata: metadataOf(metadata ?? {}) satisfies Metadata,
    });
    this.#answered.add(check);
    if (blocking && !passed && severity === "error") this.#failedBlocking.add(check);
    else this.#failedBlocking.delete(check);
  }

  /** Reports what a successful step did not mention; throws StepError for a check step without an answer. */
  complete(): void {
    const { execution, assets, checks, skippable } = this.#step;
    if (execution === "materialize") {
      for (const asset of assets) {
        if (!skippable.includes(asset)) this.asset("asset.materialized", asset);
      }
    }
    const unanswered = checks.filter((check) => !this.#answered.has(check));
    this.#isOver = true;
    if (unanswered.length === 0) return;
    const message = `the step ended without answering ${unanswered.map((check) => `\`${check}\``).join(", ")}`;
    if (execution === "check") throw new StepError(message, { retry: "never" });
    this.#emit({ type: "log", step: this.#step.key, level: "warning", message });
  }

  /** From now on nothing is taken any more; what had not been made has failed. */
  fail(error: ErrorInfo | undefined): void {
    this.#isOver = true;
    if (error === undefined || this.#step.execution !== "materialize") return;
    for (const asset of this.#step.assets) {
      for (const partition of slicesOf(this.#step, undefined)) {
        if (this.#reported.get(asset)?.has(partition)) continue;
        this.#emit({ type: "asset.failed", step: this.#step.key, asset, partition, error });
      }
    }
  }

  requireSelected(asset: AssetKey): void {
    if (!this.#step.assets.includes(asset)) throw notSelected("asset", asset, this.#step.assets);
  }

  #requireOpen(): void {
    if (this.#isOver)
      throw new Error(`the step \`${this.#step.key}\` is over: nothing can be reported any more`);
  }
}

function slicesOf(step: PlannedStep, partition: string | undefined): readonly (string | null)[] {
  if (partition === undefined) return step.partitions ?? [null];
  if (!step.partitions?.includes(partition)) {
    throw new StepError(`the step does not run for the partition \`${partition}\``, { retry: "never" });
  }
  return [partition];
}

function notSelected(kind: string, key: string, selected: readonly string[]): StepError {
  const known =
    selected.length === 0
      ? "none"
      : selected
          .slice(0, 20)
          .map((one) => `\`${one}\``)
          .join(", ");
  return new StepError(`\`${key}\` is no ${kind} of this step, which has ${known}`, { retry: "never" });
}

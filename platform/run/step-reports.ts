import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { RunEventBody } from "../core/event.ts";
import { type Metadata, metadataOf, type RawMetadata } from "../core/metadata.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import { type CheckOutcome, type MaterializeOptions, StepError } from "../define/step.ts";

/** A slice of an asset that a failed step was to make and did not; `null` is the unpartitioned asset. */
export interface UnmadeSlice {
  readonly asset: AssetKey;
  readonly partition: string | null;
}

/** What one attempt at a step has told so far. Keys are those of the plan. */
export class StepReports {
  readonly #step: PlannedStep;
  readonly #assets: ReadonlySet<AssetKey>;
  readonly #partitions: ReadonlySet<string>;
  readonly #emit: (body: RunEventBody) => void;
  /** Materialized or observed slices by asset; `null` is the unpartitioned asset. */
  readonly #reported = new Map<AssetKey, Set<string | null>>();
  readonly #metadata = new Map<AssetKey, RawMetadata>();
  readonly #answered = new Set<CheckKey>();
  readonly #failedBlocking = new Set<CheckKey>();
  #isOver = false;

  constructor(step: PlannedStep, emit: (body: RunEventBody) => void) {
    this.#step = step;
    this.#assets = new Set(step.assets);
    this.#partitions = new Set(step.partitions);
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
    this.requireOpen();
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
    if (partition !== undefined) {
      if (this.#partitions.has(partition)) return [partition];
      throw new StepError(`the step does not run for the partition \`${partition}\``, { retry: "never" });
    }
    const slices = this.#slices;
    const left = slices.filter((slice) => this.#reported.get(asset)?.has(slice) !== true);
    return left.length === 0 && (metadata !== undefined || dataVersion !== undefined) ? slices : left;
  }

  addMetadata(asset: AssetKey, metadata: RawMetadata): void {
    this.requireOpen();
    this.requireSelected(asset);
    this.#metadata.set(asset, { ...this.#metadata.get(asset), ...metadata });
  }

  check(check: CheckKey, outcome: CheckOutcome): void {
    this.requireOpen();
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

  /** From now on nothing is taken any more; gives the slices that had not been brought up to date. */
  close(): UnmadeSlice[] {
    this.#isOver = true;
    return unmadeSlices(this.#step, this.#reported);
  }

  get #slices(): readonly (string | null)[] {
    return this.#step.partitions ?? [null];
  }

  requireSelected(asset: AssetKey): void {
    if (!this.#assets.has(asset)) throw notSelected("asset", asset, this.#step.assets);
  }

  requireOpen(): void {
    if (this.#isOver)
      throw new Error(`the step \`${this.#step.key}\` is over: nothing can be reported any more`);
  }
}

/** What a failed step was to make, without what it has told of. */
export function unmadeSlices(
  { execution, assets, partitions }: Pick<PlannedStep, "execution" | "assets" | "partitions">,
  made: ReadonlyMap<AssetKey, ReadonlySet<string | null>>,
): UnmadeSlice[] {
  if (execution !== "materialize") return [];
  return assets.flatMap((asset) =>
    (partitions ?? [null])
      .filter((partition) => made.get(asset)?.has(partition) !== true)
      .map((partition) => ({ asset, partition })),
  );
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

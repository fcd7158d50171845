import { backfillFilters, backfillOrders, defaultBackfillRuns } from "../core/backfill.ts";
import type { BackfillPolicy } from "../core/policies.ts";
import type { AskedBackfill } from "../instance/backfill-records.ts";
import { CommandError } from "./command-context.ts";
import { tagOf, wholeNumber } from "./run-options.ts";

/** Options of what a backfill is to do. */
export const backfillOptions = {
  select: {
    short: "s",
    value: "selection",
    summary: "Assets to bring up to date, such as `raw/orders+`",
    required: true,
  },
  partition: {
    short: "p",
    value: "set",
    summary:
      "Partitions, such as `all`, `2026-01-01..2026-01-31` or `day=2026-01-01..2026-01-31,region=eu`; those of assets further down follow from them",
    required: true,
  },
  only: {
    value: "state",
    summary: "Only partitions that are missing, or whose last attempt failed",
    choices: backfillFilters,
  },
  order: { value: "end", summary: "Which partitions go first", choices: backfillOrders, default: "oldest" },
  policy: {
    value: "policy",
    summary: "`single_run`, `multi_run=N` or `per_partition`, instead of what the assets say",
  },
  maxRuns: {
    value: "count",
    summary: `Runs in the queue or in progress at once (default: ${defaultBackfillRuns})`,
  },
  tag: { short: "t", value: "key=value", summary: "Tag of the runs", many: true },
  priority: { value: "number", summary: "In the queue the higher one goes first (default: 0)" },
  skipUnready: {
    summary: "Leave out assets that wait for credentials, a tool or a lock, or whose file has a problem",
  },
} as const;

export const followOption = {
  follow: {
    short: "f",
    summary: "Wait for its end and tell its progress; where no `dop dev` runs, this process does the work",
  },
} as const;

export interface BackfillOptionsInput {
  readonly select: string;
  readonly partition: string;
  readonly only: AskedBackfill["only"] | undefined;
  readonly order: NonNullable<AskedBackfill["order"]>;
  readonly policy: string | undefined;
  readonly maxRuns: string | undefined;
  readonly tag: readonly string[];
  readonly priority: string | undefined;
  readonly skipUnready: boolean;
}

/** What the options ask for. Throws CommandError. */
export function askedBackfill(options: BackfillOptionsInput): AskedBackfill {
  const { select, partition, only, order, policy, maxRuns, tag, priority, skipUnready } = options;
  return {
    selection: select,
    partition,
    order,
    ...(only === undefined ? {} : { only }),
    ...(policy === undefined ? {} : { policy: policyOf(policy) }),
    ...(maxRuns === undefined ? {} : { maxRuns: runsOf(maxRuns) }),
    ...(priority === undefined ? {} : { priority: wholeNumber("--priority", priority) }),
    ...(tag.length === 0 ? {} : { tags: Object.fromEntries(tag.map(tagOf)) }),
    ...(skipUnready ? { skipUnready } : {}),
  };
}

function runsOf(text: string): number {
  const runs = wholeNumber("--max-runs", text);
  if (runs >= 1 && runs <= 1000) return runs;
  throw new CommandError("--max-runs is a whole number from 1 to 1000");
}

function policyOf(text: string): BackfillPolicy {
  if (text === "single_run") return { type: "single_run" };
  if (text === "per_partition") return { type: "multi_run", maxPartitionsPerRun: 1 };
  const [, count] = /^multi_run=(\d{1,6})$/.exec(text) ?? [];
  if (Number(count) >= 1) return { type: "multi_run", maxPartitionsPerRun: Number(count) };
  throw new CommandError(
    `\`${text}\` is no policy`,
    "write `single_run`, `multi_run=N` (at most N partitions a run) or `per_partition`",
  );
}

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AssetKey, StepContext } from "#platform";
import type { DbtTargets } from "../../lib/dbt/invocation.ts";
import { runDbt } from "../../lib/dbt/run-dbt.ts";
import { runFreshness } from "../../lib/dbt/run-freshness.ts";
import type { DbtProject } from "../../lib/dbt/run-project.ts";
import { executeRun } from "../../platform/run/execute-run.ts";
import { PostgresServer } from "../postgres-server.ts";
import { requireTool } from "../require-tool.ts";
import { planOf } from "../run/run-in-process.ts";
import { type DbtShop, dbtShop } from "./dbt-shop.ts";
import { fakeStep } from "./fake-step.ts";

let made: DbtShop | undefined;

function shop(context: Parameters<typeof requireTool>[0]): DbtShop {
  requireTool(context, "dbt");
  made ??= dbtShop();
  return made;
}

interface Outcome {
  readonly built: readonly string[];
  readonly failure: { readonly message: string; readonly retry: string } | undefined;
  readonly reports: ReturnType<typeof fakeStep>["reports"];
}

async function run(
  targets: DbtTargets,
  project: DbtProject,
  {
    partition,
    checks,
    folder,
  }: { partition?: StepContext["partition"]; checks?: string[]; folder?: string } = {},
): Promise<Outcome> {
  const { step, reports } = fakeStep({
    assets: [...targets.assets.keys()],
    checks: checks ?? [...targets.checks.keys()],
    folder: folder ?? mkdtempSync(join(tmpdir(), "dbt-data-")),
    partition,
  });
  let failure: Outcome["failure"];
  try {
    await runDbt(step, project, targets);
  } catch (error) {
    failure = error as Outcome["failure"] & Error;
  }
  return { built: reports.materialized.map(({ asset }) => asset).sort(), failure, reports };
}

const days = (keys: string[], start: string, end: string): StepContext["partition"] => ({
  get key(): never {
    throw new RangeError("several");
  },
  keys: keys as never,
  window: {
    start: Temporal.ZonedDateTime.from(`${start}T00:00[UTC]`),
    end: Temporal.ZonedDateTime.from(`${end}T00:00[UTC]`),
  },
  dimensions: {},
});

describe("real dbt", { timeout: 240_000 }, () => {
  test("seeds, views, tables, snapshots, tests and a package's models are built and told of", async (context) => {
    const { targets, project, folder } = shop(context);
    rmSync(join(folder, "dbt_packages"), { recursive: true });
    const data = mkdtempSync(join(tmpdir(), "dbt-data-"));
    const outcome = await run(
      targets("raw_orders", "stg_orders", "orders", "orders_history", "tool"),
      project({ vars: { day: "2026-01-31" } }),
      { folder: data },
    );
    expect(outcome.failure).toBeUndefined();
    expect(outcome.built).toEqual(["orders", "orders_history", "raw_orders", "stg_orders", "tool"]);
    expect(Object.entries(outcome.reports.checked).map(([name, { passed }]) => [name, passed])).toEqual(
      expect.arrayContaining([
        ["stg_orders:unique_stg_orders_id", true],
        ["stg_orders:not_null_stg_orders_id", true],
      ]),
    );
    const orders = outcome.reports.materialized.find(({ asset }) => asset === "orders")?.options?.metadata;
    expect(orders).toMatchObject({
      unique_id: "model.shop.orders",
      execution_seconds: expect.any(Number),
      relation: '"shop"."main"."orders"',
      compiled_sql: { type: "md", value: expect.stringContaining("'2026-01-31' as day") },
    });
    // Only the parse state is kept for the next call.
    expect(readdirSync(join(data, "dbt"))).toEqual(["parsed"]);
  });

  test("after a failed model the others stay built, and what stands on it is skipped", async (context) => {
    const { targets, project } = shop(context);
    const settings = project();
    const first = await run(targets("raw_orders", "broken", "after_broken", "beside"), settings);
    expect(first.built).toEqual(["beside", "raw_orders"]);
    expect(first.failure?.message).toMatch(/broken: [\s\S]*no_such_column[\s\S]*skipped: after_broken/);
    expect(first.failure?.retry).toBe("later");
  });

  test("a failed test is a failed check, and its model's children are skipped", async (context) => {
    const { targets, project } = shop(context);
    const { built, failure, reports } = await run(targets("doubtful", "after_doubtful"), project());
    expect(built).toEqual(["doubtful"]);
    expect(reports.checked["doubtful:unique_doubtful_id"]).toMatchObject({
      passed: false,
      severity: "error",
      metadata: { status: "fail", failed_rows: 1 },
    });
    expect(failure?.message).toBe("skipped: after_doubtful");
  });

  test("a failed unit test is a failed check and keeps its model from being built", async (context) => {
    const { targets, project } = shop(context);
    const { built, failure, reports } = await run(targets("raw_orders", "stg_orders", "counted"), project());
    expect(built).toEqual(["raw_orders", "stg_orders"]);
    expect(reports.checked["counted:counts_rows"]).toMatchObject({ passed: false, severity: "error" });
    expect(failure?.message).toBe("skipped: counted");
  });

  test("with `after_all` all is built before the first test runs", async (context) => {
    const { targets, project } = shop(context);
    const { built, failure, reports } = await run(
      targets("doubtful", "after_doubtful"),
      project({ tests: "after_all" }),
    );
    expect(built).toEqual(["after_doubtful", "doubtful"]);
    expect(failure).toBeUndefined();
    expect(reports.checked["doubtful:unique_doubtful_id"]).toMatchObject({ passed: false });
    expect(
      reports.commands.filter(({ args }) => args.includes("test") && !args.includes("build")).length,
    ).toBe(1);
  });

  test("a window of partitions limits a microbatch model, batch by batch", async (context) => {
    const { targets, project } = shop(context);
    const settings = project();
    await run(targets("raw_orders", "stg_orders"), settings, { checks: [] });
    const { failure, reports } = await run(targets("by_day"), settings, {
      partition: days(["2026-01-02", "2026-01-03"], "2026-01-02", "2026-01-04"),
    });
    expect(failure).toBeUndefined();
    expect(reports.log.filter((line) => /^Batch .* OK /.test(line)).length).toBe(2);
    expect(reports.materialized[0]?.options?.metadata).toMatchObject({ unique_id: "model.shop.by_day" });
  });

  test("the runner serves call after call from one process", async (context) => {
    const { targets, project } = shop(context);
    const settings = project({ invocationMode: "runner" });
    const first = await run(targets("raw_orders"), settings);
    const second = await run(targets("broken", "beside"), settings);
    expect([first.built, first.failure]).toEqual([["raw_orders"], undefined]);
    expect(second.built).toEqual(["beside"]);
    expect(second.failure?.message).toContain("no_such_column");
    expect([...first.reports.commands, ...second.reports.commands]).toEqual([]);
  });

  test("a selection longer than a command line reaches dbt all the same", async (context) => {
    const { targets, project } = shop(context);
    const long = Array.from({ length: 4000 }, (_, place) => `fqn:shop.no_such_model_of_this_name_${place}`);
    const { built, failure, reports } = await run(
      { ...targets("beside"), select: `beside ${long.join(" ")}` },
      project(),
    );
    expect([built, failure]).toEqual([["beside"], undefined]);
    expect(reports.commands[0]?.args).toContain("once");
  });

  test("the freshness of sources is observed and answered", async (context) => {
    const { targets, project, manifest } = shop(context);
    const settings = project();
    await run(targets("raw_orders"), settings);
    const source = manifest.nodes.get("source.shop.raw.fresh_orders");
    const { step, reports } = fakeStep({
      assets: ["raw/fresh_orders"],
      checks: ["raw/fresh_orders:freshness"],
      folder: mkdtempSync(join(tmpdir(), "dbt-data-")),
    });
    const observed: unknown[] = [];
    await runFreshness(
      { ...step, observed: (asset, options) => void observed.push([asset, options]) },
      settings,
      {
        sources: new Map([["raw/fresh_orders" as AssetKey, source as never]]),
        checks: new Map([["raw/fresh_orders:freshness" as never, source as never]]),
      },
    );
    expect(observed).toMatchObject([
      ["raw/fresh_orders", { metadata: { last_loaded_at: { value: Date.UTC(2026, 0, 3) } } }],
    ]);
    expect(reports.checked["raw/fresh_orders:freshness"]).toMatchObject({ passed: false, severity: "warn" });
  });

  test("two runs of one project at the same time do not disturb each other", async (context) => {
    const { targets, project } = shop(context);
    const both = await Promise.all([
      run(targets("raw_orders", "stg_orders"), project()),
      run(targets("doubtful", "beside"), project()),
    ]);
    expect(both.map(({ built }) => built)).toEqual([
      ["raw_orders", "stg_orders"],
      ["beside", "doubtful"],
    ]);
  });
});

interface Told {
  readonly events: readonly { readonly type: string; readonly asset?: string; readonly step?: string }[];
  readonly outcome: string;
}

/** dbt as a step of a run of the engine, where it can be cancelled and is tried again. */
async function engineRun(
  targets: DbtTargets,
  project: (attempt: number) => DbtProject,
  {
    retries = 0,
    onEvent = () => {},
  }: {
    retries?: number;
    onEvent?: (
      event: Told["events"][number],
      control: { abort: AbortController; pids: readonly number[] },
    ) => void;
  },
): Promise<Told> {
  const abort = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), "dbt-engine-"));
  const definition = {
    name: "dbt",
    assets: [...targets.assets.keys()],
    checks: [...targets.checks.keys()],
    canSubset: true,
    execution: "materialize" as const,
    resources: [],
    retryPolicy: { maxRetries: retries },
    run: (step: StepContext) => runDbt(step, project(step.attempt), targets),
  };
  const assets = definition.assets.map((key) => ({ key }));
  const checks = definition.checks.map((key) => {
    const [asset = "", name = ""] = key.split(":");
    return { asset: asset as AssetKey, name, blocking: true };
  });
  const plan = planOf([{ assets, checks, steps: [definition] }]);
  const events: Told["events"][number][] = [];
  const pids: number[] = [];
  const outcome = await executeRun(plan, {
    runId: "01900000-0000-7000-8000-000000000002" as never,
    code: {
      step: () => definition,
      resource: () => undefined,
      ioManager: () => undefined,
      hook: () => undefined,
    } as never,
    emit: (event) => {
      events.push(event as never);
      onEvent(event as never, { abort, pids });
    },
    onProcessGroup: (id, state) => {
      if (state === "started") pids.push(id);
    },
    subprocessGraceMs: 20_000,
    signal: abort.signal,
    projectRoot: process.cwd(),
    dataFolder: join(folder, "data"),
    logFolder: join(folder, "logs"),
  });
  return { events, outcome };
}

const materialized = ({ events }: Told) =>
  events.filter(({ type }) => type === "asset.materialized").map(({ asset }) => asset);

describe("real dbt in a run", { timeout: 240_000 }, () => {
  test("a retry does only what failed and what it blocked", async (context) => {
    const { targets, project } = shop(context);
    const settings = project();
    const told = await engineRun(
      targets("raw_orders", "beside", "broken", "after_broken"),
      (attempt) => ({ ...settings, vars: { mended: attempt > 1 } }),
      { retries: 1 },
    );
    expect(told.outcome).toBe("success");
    expect(materialized(told).slice(0, 2).sort()).toEqual(["beside", "raw_orders"]);
    expect(materialized(told).slice(2)).toEqual(["broken", "after_broken"]);
  });

  test("cancelling interrupts dbt, and what it had built stays built", async (context) => {
    const { targets, project } = shop(context);
    const chosen = targets("raw_orders", "slow");
    const told = await engineRun(chosen, () => project({ threads: 1 }), {
      onEvent: ({ type }, { abort }) =>
        void (type === "asset.materialized" && setTimeout(() => abort.abort(), 500)),
    });
    expect(told.outcome).toBe("canceled");
    expect(told.events.map(({ type }) => type)).toContain("step.canceled");
    expect(materialized(told)).toEqual(["raw_orders"]);
  });

  test("what was built before dbt was killed stays built, and the next try does the rest", async (context) => {
    const { targets, project } = shop(context);
    const settings = project();
    const chosen = targets("raw_orders", "slow");
    const told = await engineRun(
      { ...chosen, checks: new Map() },
      (attempt) => ({ ...settings, threads: 1, args: attempt === 1 ? [] : ["--empty"] }),
      {
        retries: 1,
        onEvent({ type, asset }, { pids }) {
          if (type === "asset.materialized" && asset === "raw_orders")
            process.kill(-(pids[0] as number), "SIGKILL");
        },
      },
    );
    expect(materialized(told)).toEqual(["raw_orders", "slow"]);
    expect(told.outcome).toBe("success");
  });
});

test("a project is built on a real Postgres by a profile made from a resource", {
  timeout: 240_000,
}, async (context) => {
  requireTool(context, "postgres");
  const { targets, project } = shop(context);
  await using server = await PostgresServer.start();
  const url = await server.createDatabase();
  const { profilesFolder: _, ...settings } = project({ connection: { type: "postgres", url } });
  const { built, failure, reports } = await run(targets("raw_orders", "stg_orders", "orders"), settings);
  expect(failure).toBeUndefined();
  expect(built).toEqual(["orders", "raw_orders", "stg_orders"]);
  const rows = Object.fromEntries(
    reports.materialized.map(({ asset, options }) => [asset, options?.metadata?.["rows_affected"]]),
  );
  expect(rows).toEqual({ raw_orders: 3, stg_orders: undefined, orders: 2 });
});

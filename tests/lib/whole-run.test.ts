import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { RunId, RunRequest } from "../../platform/core/run.ts";
import { planRun } from "../../platform/plan/plan-run.ts";
import { executeRun } from "../../platform/run/execute-run.ts";
import { errorsOf, type Loaded, loadDocuments } from "./load-documents.ts";

const documents = `type: lib.ExecutableComponent
attributes:
  name: fetch
  execute_fn: ./fetch.ts#fetch
  resources: [settings]
  assets:
    - { key: raw/orders, partitions_def: { type: daily, start_date: 2026-01-01, timezone: Asia/Seoul } }
---
type: lib.ResourceComponent
attributes: { key: settings, resource: values, attributes: { values: { factor: 10 } } }
---
type: lib.SqlComponent
attributes:
  assets:
    - asset: { key: staging/orders, deps: [raw/orders], partitions_def: { type: daily, start_date: 2026-01-01, timezone: Asia/Seoul } }
      sql: select *, {{ partition.key }}::date as day from orders where amount >= {{ parameters.least }}
      parameters: { least: 20 }
    - asset: { key: marts/total }
      path: ./total.sql
      inputs: { o: staging/orders }
---
type: lib.ChecksComponent
attributes:
  asset: marts/total
  checks:
    - { type: row_count, exactly: 1, blocking: true }
    - { type: sql, name: all_days, sql: "select days = 2 from total" }
    - { type: range, column: amount, max: 40, severity: warn }
    - { type: metadata_bounds, metadata_key: row_count, min_value: 1, max_value: 1 }
---
type: lib.ScriptComponent
attributes:
  command: echo
  args: ['{"seen": true}']
  metadata_from: stdout_json
  assets: [{ key: reports/mail, deps: [marts/total] }]
`;

const files = {
  "fetch.ts": `import type { StepContext } from "#platform";
export const fetch = (context: StepContext, { settings }: { settings: { factor: number } }) =>
  [1, 2, 3].map((id) => ({ id, amount: id * settings.factor, slice: context.partition?.key }));
`,
  "total.sql": "select sum(amount) as amount, count(distinct day) as days from o",
};

async function run(
  loaded: Loaded,
  request: Partial<RunRequest>,
): Promise<{ outcome: string; events: RunEventBody[] }> {
  const whole = { assets: [], tags: {}, ...request } as RunRequest;
  const moment = { now: Temporal.Instant.from("2026-02-01T00:00Z") };
  const plan = planRun(loaded.snapshot, whole, moment as never);
  const events: RunEventBody[] = [];
  const outcome = await executeRun(plan, {
    runId: "01900000-0000-7000-8000-000000000001" as RunId,
    code: {
      step: (component, name) => loaded.code.findStep(component, name),
      resource: (component, key) => loaded.code.findResource(component, key),
      ioManager: (component, name) => loaded.code.findIoManager(component, name),
      hook: (component, name) => loaded.code.findHook(component, name),
    },
    emit: (event) => void events.push(event),
    signal: new AbortController().signal,
    projectRoot: loaded.root,
    dataFolder: join(loaded.root, "data"),
    logFolder: join(loaded.root, "logs"),
  });
  return { outcome, events };
}

test("functions, queries, checks and scripts run together over partitions", { timeout: 60_000 }, async () => {
  const loaded = await loadDocuments(documents, { files });
  expect(errorsOf(loaded)).toEqual([]);
  const days = { kind: "keys", keys: ["2026-01-10", "2026-01-11"] };
  const first = await run(loaded, {
    assets: ["raw/orders", "staging/orders"] as never,
    partitions: days as never,
  });
  expect(first.events.filter(({ type }) => type === "step.failed")).toEqual([]);
  expect(first.outcome).toBe("success");
  const second = await run(loaded, { assets: ["marts/total", "reports/mail"] as never });
  expect(second.events.filter(({ type }) => type === "step.failed")).toEqual([]);
  const checks = second.events.flatMap((event) =>
    event.type === "check.evaluated" ? [[event.check, event.passed, event.severity]] : [],
  );
  expect(checks.sort()).toEqual([
    ["marts/total:all_days", true, "error"],
    ["marts/total:metadata_bounds_row_count", true, "error"],
    ["marts/total:range_amount", false, "warn"],
    ["marts/total:row_count", true, "error"],
  ]);
  expect(second.outcome).toBe("success");
  const mail = second.events.find(
    (event) => event.type === "asset.materialized" && event.asset === ("reports/mail" as never),
  );
  expect(mail).toMatchObject({ metadata: { seen: { type: "bool", value: true } } });
});

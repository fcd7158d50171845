import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { eager, labelled, onCron, operand } from "../../platform/core/condition-builders.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { countChanges, diffSnapshots } from "../../platform/graph/diff-snapshots.ts";
import { diffJson, noChanges, renderDiffMarkdown, renderDiffText } from "../../platform/graph/render-diff.ts";
import { merge, step, type WrittenComponent } from "./loaded-project.ts";

function diff(before: readonly WrittenComponent[], after: readonly WrittenComponent[]) {
  return diffSnapshots(merge(before).snapshot, merge(after).snapshot);
}

const orders = {
  key: "raw/orders",
  groupName: "raw",
  kinds: ["sling"],
  owners: ["team:data"],
  description: "Orders of the shop",
  deps: ["shop/orders"],
};

test("what moved or was only written otherwise is no change", () => {
  const moved = diff(
    [{ folder: "a", assets: [{ key: "x" }, orders] }],
    [
      { folder: "c", assets: [orders] },
      { folder: "b", assets: [{ key: "x" }] },
    ],
  );
  expect(moved.changes).toEqual([]);
  expect(renderDiffText(moved)).toBe(`${noChanges}\n`);
  expect(renderDiffMarkdown(moved)).toContain(noChanges);
  expect(diffJson(moved)).toMatchObject({
    schema: "dop.diff/1",
    summary: { added: 0, removed: 0, changed: 0 },
    changes: [],
  });
});

test("a change is told field by field with what was, what is, and where", () => {
  const { changes } = diff(
    [{ assets: [{ ...orders, automationCondition: eager() }] }],
    [
      {
        assets: [
          {
            ...orders,
            description: "All orders",
            owners: ["team:data", "ann@example.com"],
            automationCondition: onCron("0 3 * * *"),
            origins: { description: { file: "defs/defs.yaml", line: 4 } },
          },
        ],
      },
    ],
  );
  expect(changes).toMatchObject([
    {
      kind: "asset",
      key: "raw/orders",
      change: "changed",
      place: { file: "defs/c0/component.yaml", line: 3 },
      fields: [
        {
          field: "automation_condition",
          before: "eager()",
          after: 'on_cron("0 3 * * *", "UTC")',
          lines: { before: ["eager()"], after: ['on_cron("0 3 * * *", "UTC")'] },
        },
        {
          field: "description",
          before: "Orders of the shop",
          after: "All orders",
          place: { file: "defs/defs.yaml", line: 4 },
        },
        { field: "owners", before: ["team:data"], after: ["team:data", "ann@example.com"] },
      ],
    },
  ]);
});

test("policies, partitions and metadata are told as they are written", () => {
  const { changes } = diff(
    [{ assets: [{ key: "a" }] }],
    [
      {
        assets: [
          {
            key: "a",
            freshnessPolicy: { type: "time_window", failSeconds: 129_600, warnSeconds: 5400 },
            partitions: cadencePartitions("daily", {
              start: "2026-01-01",
              hourOffset: 3,
              timeZone: "Asia/Seoul",
            }),
            metadata: { rows: { type: "int", value: 5 } },
          },
        ],
      },
    ],
  );
  expect(changes[0]?.fields).toMatchObject([
    {
      field: "freshness_policy",
      before: null,
      after: { time_window: { fail_window: "36h", warn_window: "90m" } },
    },
    { field: "metadata", after: { rows: 5 } },
    {
      field: "partitions_def",
      after: {
        type: "daily",
        start_date: "2026-01-01",
        timezone: "Asia/Seoul",
        fmt: "%Y-%m-%d",
        hour_offset: 3,
      },
    },
  ]);
});

test("two conditions under one name are told by what the name stands for", () => {
  const named = (type: "missing" | "check_failed") => ({
    assets: [{ key: "a", automationCondition: labelled("mine", operand(type)) }],
  });
  expect(diff([named("missing")], [named("check_failed")]).changes[0]?.fields[0]?.lines).toEqual({
    before: ["missing()"],
    after: ["check_failed()"],
  });
});

test("checks, steps, jobs, schedules, sensors, resources, pools and IO managers are compared too", () => {
  const before: WrittenComponent = {
    assets: [{ key: "a" }],
    checks: [{ name: "rows", asset: "a" as AssetKey }],
    steps: [step("a", ["a"])],
    jobs: [{ name: "j", selection: "*" }],
    schedules: [
      { name: "s", cron: "@daily", timeZone: "UTC", target: { job: "j" }, defaultStatus: "stopped" },
    ],
    sensors: [{ name: "t", kind: "file", minimumIntervalSeconds: 30, defaultStatus: "stopped" }],
    resources: [{ key: "r", type: "duckdb" }],
    pools: [{ name: "p", limit: 1 }],
    ioManagers: ["mine"],
  };
  const after: WrittenComponent = {
    assets: [{ key: "a" }],
    checks: [{ name: "rows", asset: "a" as AssetKey, blocking: true }],
    steps: [step("a", ["a"], { timeoutSeconds: 60 })],
    jobs: [{ name: "j", selection: "a" }],
    schedules: [],
    resources: [{ key: "r", type: "duckdb", description: "d" }],
    sensors: [{ name: "t", kind: "file", minimumIntervalSeconds: 60, defaultStatus: "stopped" }],
    pools: [{ name: "p", limit: 2 }],
  };
  const { changes } = diff([before], [after]);
  expect(
    changes.map(({ kind, key, change, fields }) =>
      [change, kind, key, ...fields.map(({ field }) => field)].join(" "),
    ),
  ).toEqual([
    "changed check a:rows blocking",
    "changed step a timeout_seconds",
    "changed job j selection",
    "removed schedule s",
    "changed sensor t minimum_interval_seconds",
    "changed resource r description",
    "changed pool p limit",
    "removed io_manager mine",
  ]);
});

test("a setting of the project that concerns all is told once", () => {
  const components = [{ assets: [{ key: "a" }] }];
  const { changes } = diffSnapshots(merge(components).snapshot, merge(components, { io: "csv" }).snapshot);
  expect(changes).toMatchObject([
    { kind: "project", fields: [{ field: "io", before: "parquet", after: "csv" }] },
  ]);
});

test("an added asset that resembles a removed one is told as its rename", () => {
  const changes = diff(
    [{ assets: [orders, { key: "x/unlike" }] }],
    [
      {
        assets: [
          { ...orders, key: "raw/shop_orders" },
          { key: "other/thing", kinds: ["dbt"] },
        ],
      },
    ],
  ).changes;
  expect(
    changes
      .filter(({ change }) => change === "added")
      .map(({ key, looksLikeRenameOf }) => [key, looksLikeRenameOf]),
  ).toEqual([
    ["other/thing", undefined],
    ["raw/shop_orders", "raw/orders"],
  ]);
});

test("each removed asset is the origin of one rename at most", () => {
  const { changes } = diff(
    [{ assets: [orders] }],
    [
      {
        assets: [
          { ...orders, key: "raw/orders_a" },
          { ...orders, key: "raw/orders_b" },
        ],
      },
    ],
  );
  expect(changes.filter(({ looksLikeRenameOf }) => looksLikeRenameOf !== undefined)).toHaveLength(1);
});

const example = diff(
  [{ folder: "shop", assets: [{ ...orders, automationCondition: eager() }, { key: "old" }] }],
  [
    {
      folder: "shop",
      assets: [
        {
          ...orders,
          owners: ["team:sales", "team:data"],
          automationCondition: onCron("0 3 * * *"),
          tags: { "a|b": "`c`" },
        },
      ],
      jobs: [{ name: "nightly", selection: "*" }],
    },
  ],
);

test("the text has a line for each definition and each field", () => {
  expect(countChanges(example)).toEqual({ added: 1, removed: 1, changed: 1 });
  expect(renderDiffText(example)).toMatchInlineSnapshot(`
    "- asset old  defs/shop/component.yaml:4
    ~ asset raw/orders  defs/shop/component.yaml:3
        automation_condition: eager() → on_cron("0 3 * * *", "UTC")
        owners:
          + team:sales
        tags: (not set) → a|b: \`c\`
    + job nightly

    1 added, 1 removed, 1 changed
    "
  `);
});

test("the Markdown has a table and a block for each changed definition", () => {
  expect(renderDiffMarkdown(example)).toMatchInlineSnapshot(`
    "**Definitions:** 1 added, 1 removed, 1 changed

    | change | kind | definition | fields | place |
    | --- | --- | --- | --- | --- |
    | removed | asset | \`old\` |  | \`defs/shop/component.yaml:4\` |
    | changed | asset | \`raw/orders\` | \`automation_condition, owners, tags\` | \`defs/shop/component.yaml:3\` |
    | added | job | \`nightly\` |  |  |

    #### asset \`raw/orders\`

    \`\`\`diff
      automation_condition:
    -   eager()
    +   on_cron("0 3 * * *", "UTC")
      owners:
    +   team:sales
      tags:
    +   a|b: \`c\`
    \`\`\`
    "
  `);
});

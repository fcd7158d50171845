import { expect, test } from "vitest";
import type { FreshnessPolicy } from "../../platform/core/freshness.ts";
import { freshnessType } from "../../platform/define/freshness-attribute.ts";
import { readWith } from "./told.ts";

test.for<[object, FreshnessPolicy]>([
  [{ time_window: { fail_window: "36h" } }, { type: "time_window", failSeconds: 129_600 }],
  [
    { time_window: { fail_window: "PT2H", warn_window: { minutes: 90 } } },
    { type: "time_window", failSeconds: 7200, warnSeconds: 5400 },
  ],
  [{ time_window: { fail_window: 60, warn_window: null } }, { type: "time_window", failSeconds: 60 }],
  [
    { time_window: { fail_window: "1d" }, scope: "latest_partition" },
    { type: "time_window", failSeconds: 86_400, scope: "latest_partition" },
  ],
  [
    { cron: { deadline_cron: "0 9 * * *", lower_bound_delta: "2h" } },
    { type: "cron", deadlineCron: "0 9 * * *", lowerBoundSeconds: 7200, timeZone: "UTC" },
  ],
  [
    { cron: { deadline_cron: "0 9 * * *", lower_bound_delta: "2h", timezone: "Asia/Seoul" } },
    { type: "cron", deadlineCron: "0 9 * * *", lowerBoundSeconds: 7200, timeZone: "Asia/Seoul" },
  ],
])("the policy %j is read", ([written, value]) => {
  expect(readWith(freshnessType, written)).toEqual({ value, told: [] });
});

const wrong = "invalid-freshness-policy";

test.for<[unknown, string[]]>([
  ["36h", [`: ${wrong}`]],
  [{}, [`: ${wrong}`]],
  [{ scope: "asset" }, [`: ${wrong}`]],
  [{ time_window: { fail_window: "1h" }, cron: { deadline_cron: "0 9 * * *" } }, [`: ${wrong}`]],
  [{ time_windows: { fail_window: "1h" } }, [`time_windows: ${wrong}`]],
  [{ time_window: "1h" }, [`time_window: ${wrong}`]],
  [{ time_window: { fail_window: "1h" }, scope: "some" }, [`scope: ${wrong}`]],
  [{ time_window: {} }, ["time_window: missing-attribute"]],
  [
    { time_window: { fail: "1h", warn: "2h" } },
    ["time_window.fail: unknown-attribute", "time_window.warn: unknown-attribute"],
  ],
  [{ time_window: { fail_window: "soon" } }, ["time_window.fail_window: invalid-attribute-value"]],
  [{ time_window: { fail_window: { hour: 1 } } }, ["time_window.fail_window.hour: unknown-attribute"]],
  [{ time_window: { fail_window: "59s" } }, [`time_window.fail_window: ${wrong}`]],
  [{ time_window: { fail_window: "1h", warn_window: "30s" } }, [`time_window.warn_window: ${wrong}`]],
  [{ time_window: { fail_window: "1h", warn_window: "60m" } }, [`time_window.warn_window: ${wrong}`]],
  [{ cron: { lower_bound_delta: "1h" } }, [`cron.deadline_cron: ${wrong}`]],
  [{ cron: { deadline_cron: "0 9 * * *" } }, ["cron: missing-attribute"]],
  [
    { cron: { deadline_cron: "0 9 * * *", lower_bound_delta: "1h", timezone: 9 } },
    [`cron.timezone: ${wrong}`],
  ],
  [
    { cron: { deadline_cron: "0 9 * * *", lower_bound_delta: "1h", tz: "UTC" } },
    ["cron.tz: unknown-attribute"],
  ],
])("%j is no policy, told at the right place", ([written, told]) => {
  expect(readWith(freshnessType, written)).toEqual({ value: undefined, told });
});

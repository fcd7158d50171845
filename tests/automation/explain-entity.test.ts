import { expect, test } from "vitest";
import { explained, type Past } from "./explained-history.ts";

const made = (asset: string, given: object = {}) => ({ kind: "materialize", asset, ...given });
const chain = { raw: { deps: [] }, mart: { deps: [{ key: "raw" }], automation_condition: "eager" } };
const settled: Past = {
  assets: chain,
  moments: [["08T01:00", made("raw")], ["08T01:01", made("mart")], ["08T01:02"]],
};
const daily = { type: "daily", start: "2024-03-01" };

test("a request names the dep, the run and the time of the update that caused it", () => {
  const { answer, causes } = explained(settled, {
    of: "mart",
    at: "08T02:00",
    events: [
      { kind: "run_start", run: "r1", targets: ["raw"] },
      { ...made("raw"), run: "r1", at: "2024-03-08T01:58:00Z" },
    ],
  });
  expect(answer).toBe("requested");
  expect(causes).toMatchObject([
    {
      code: "upstream_updated",
      subject: "raw",
      operand: "newly_updated()",
      run_id: "r1",
      at_ms: Date.parse("2024-03-08T01:58Z"),
    },
  ]);
});

test("a request that waited names the event that started it at an earlier tick", () => {
  const past: Past = {
    ...settled,
    moments: [
      ...settled.moments,
      ["08T02:00", { kind: "run_start", run: "other", targets: ["mart"] }],
      ["08T02:01", { ...made("raw"), at: "2024-03-08T02:00:30Z" }],
    ],
  };
  const { answer, causes } = explained(past, {
    of: "mart",
    at: "08T03:00",
    events: [{ kind: "run_end", run: "other", status: "failed" }],
  });
  expect([answer, causes.map(({ code, subject, at_ms }) => [code, subject, at_ms])]).toEqual([
    "requested",
    [["upstream_updated", "raw", Date.parse("2024-03-08T02:00:30Z")]],
  ]);
});

test("a request by cron names the tick, and the updates that it waited for", () => {
  const past: Past = {
    assets: { ...chain, mart: { ...chain.mart, automation_condition: 'on_cron("0 3 * * *")' } },
    moments: [["08T02:00"], ["08T03:00"]],
  };
  const { causes } = explained(past, { of: "mart", at: "08T04:00", events: [made("raw")] });
  expect(causes.map(({ code, subject }) => [code, subject])).toEqual([
    ["cron_ticked", "mart"],
    ["upstream_updated", "raw"],
  ]);
});

test("the smallest change is told with the partitions that are not so yet", () => {
  const past: Past = {
    assets: {
      raw: { deps: [], partitions: daily },
      mart: { deps: [{ key: "raw" }], automation_condition: "~any_deps_missing" },
    },
    moments: [["04T01:00", made("raw", { partition: "2024-03-01" })]],
  };
  const { causes, flip } = explained(past, { of: "mart", at: "04T02:00" });
  expect(causes).toMatchObject([
    { code: "upstream_missing", subject: "raw", partitions: "2024-03-02..2024-03-03" },
  ]);
  expect(flip).toEqual({
    minimal: true,
    changes: [{ operand: "missing()", entity: "raw", partitions: "2024-03-02..2024-03-03", holds: false }],
  });
});

test("without a partition the newest is explained", () => {
  const past: Past = {
    assets: { mart: { deps: [], partitions: daily, automation_condition: "eager" } },
    moments: [["04T01:00"]],
  };
  expect(explained(past, { of: "mart", at: "04T02:00" }).partition).toBe("2024-03-03");
});

test("an older window says which is the latest, and that it is not requested again", () => {
  const past: Past = {
    assets: { mart: { deps: [], partitions: daily, automation_condition: "eager" } },
    moments: [["04T01:00"]],
  };
  const { causes, next } = explained(past, { of: "mart", at: "04T02:00", partition: "2024-03-01" });
  expect(causes.map(({ code }) => code)).toEqual(["not_latest_window"]);
  expect(next.kind).toBe("event");
});

test.for([
  {
    what: "the next tick of a cron",
    condition: 'on_cron("0 3 * * *")',
    next: { kind: "at", at_ms: Date.parse("2024-03-09T03:00Z"), by: null, partitions: null },
  },
  {
    what: "no moment of the clock where only events count",
    condition: "newly_updated",
    next: { kind: "event", until_ms: null, upstream: null },
  },
])("next comes $what", ({ condition, next }) => {
  const past: Past = {
    assets: { mart: { deps: [], automation_condition: condition } },
    moments: [["08T04:00"], ["08T04:01"]],
  };
  expect(explained(past, { of: "mart", at: "08T05:00" }).next).toEqual(next);
});

test("next comes the window that opens, with its partition", () => {
  const past: Past = {
    assets: { mart: { deps: [], partitions: daily, automation_condition: "eager" } },
    moments: [["04T01:00"], ["04T01:01"]],
  };
  expect(explained(past, { of: "mart", at: "04T02:00" }).next).toEqual({
    kind: "at",
    at_ms: Date.parse("2024-03-05T00:00Z"),
    by: null,
    partitions: "2024-03-04",
  });
});

test("an upstream asset that is requested by itself before is named as what comes next", () => {
  const past: Past = {
    assets: {
      raw: { deps: [], automation_condition: 'cron_tick_passed("0 3 * * *")' },
      mart: {
        deps: [{ key: "raw" }],
        automation_condition: "any_deps_match(newly_updated | will_be_requested) & newly_updated",
      },
    },
    moments: [["08T01:00"], ["08T01:01"]],
  };
  expect(explained(past, { of: "mart", at: "08T02:00" }).next).toMatchObject({
    kind: "event",
    upstream: { entity: "raw", at_ms: Date.parse("2024-03-08T03:00Z") },
  });
});

const custom = { type: "custom", name: "lib.Holiday" } as const;

test("what user code has not answered is unknown, with what is missing", () => {
  const { answer, missing_evidence: missing } = explained(settled, {
    of: "mart",
    at: "08T02:00",
    changed: (definitions) => ({
      ...definitions,
      assets: definitions.assets.map((asset) => ({ ...asset, automationCondition: custom })),
    }),
  });
  expect(answer).toBe("unknown");
  expect(missing).toHaveLength(1);
});

test("what is decided without user code is known", () => {
  const { answer, missing_evidence: missing } = explained(settled, {
    of: "mart",
    at: "08T02:00",
    changed: (definitions) => ({
      ...definitions,
      assets: definitions.assets.map((asset) => ({
        ...asset,
        automationCondition: { type: "and", operands: [custom, { type: "missing" }] },
      })),
    }),
  });
  expect([answer, missing]).toEqual(["not_requested", []]);
});

test("an asset without a condition that nobody asks for says so", () => {
  const { answer, causes, next } = explained(settled, { of: "raw", at: "08T02:00" });
  expect([answer, causes.map(({ code }) => code), next.kind]).toEqual([
    "not_automated",
    ["not_automated"],
    "never",
  ]);
});

test.for([
  { isOn: true, codes: ["nothing_new"], next: "event" },
  { isOn: false, codes: ["paused"], next: "never" },
])("an asset without a condition that a sensor asks for names it (on: $isOn)", ({ isOn, codes, next }) => {
  const lastTick = { atMs: Date.parse("2024-03-08T01:00Z"), runs: 0, reason: "no new file" };
  const surroundings = { sensors: [{ name: "dropped", isOn, lastTick }] };
  const told = explained(settled, { of: "raw", at: "08T02:00", surroundings });
  expect(told.causes.map(({ code, subject }) => [code, subject])).toEqual(
    codes.map((code) => [code, "dropped"]),
  );
  expect(told.next.kind).toBe(next);
});

test("an upstream asset whose component is quarantined is named before that it is missing", () => {
  const past: Past = { assets: chain, moments: [["08T01:00"]] };
  const { causes } = explained(past, {
    of: "mart",
    at: "08T02:00",
    surroundings: {
      unreadyComponent: (entity) =>
        entity === "raw" ? { name: "shop", status: "quarantined", needs: [] } : undefined,
    },
  });
  expect(causes.map(({ code, subject }) => [code, subject])).toEqual([["upstream_not_ready", "raw"]]);
});

test("a member of a step that another member takes along says with whom", () => {
  const past: Past = {
    assets: {
      raw: { deps: [] },
      first: {
        deps: [{ key: "raw" }],
        automation_condition: "any_deps_updated",
        must_run_with: ["first", "second"],
      },
      second: {
        deps: [],
        automation_condition: "missing & newly_updated",
        must_run_with: ["first", "second"],
      },
    },
    moments: [["08T01:00"]],
  };
  const { answer, causes } = explained(past, { of: "second", at: "08T02:00", events: [made("raw")] });
  expect([answer, causes.map(({ code, subject }) => [code, subject])]).toEqual([
    "requested",
    [["requested_with", "first"]],
  ]);
});

test("the tree shows how each part came out", () => {
  const { condition } = explained(settled, { of: "mart", at: "08T02:00" });
  expect(condition?.tree).toMatchObject({ condition: "eager()", entity: "mart", holds: false });
  expect(condition?.tree?.parts.map(({ condition: text, holds }) => [text, holds])).toContainEqual([
    "~any_deps_missing()",
    true,
  ]);
});

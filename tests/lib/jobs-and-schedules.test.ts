import { expect, test } from "vitest";
import { errorsOf, loadDocuments } from "./load-documents.ts";

const assets =
  "---\ntype: lib.ExternalAssetsComponent\nattributes: { assets: [{ key: a, group_name: marts }] }\n";

test("a schedule says when, what and how ticks are made up for", async () => {
  const text = `type: lib.ScheduleComponent
attributes:
  name: nightly
  target: "group:marts"
  cron: ["0 3 * * *", "0 15 * * *"]
  timezone: Asia/Seoul
  tags: { team: data }
  catch_up: { window: 6h }
  overlap: skip
  jitter: 90s
  partition: latest
${assets}`;
  const loaded = await loadDocuments(text);
  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.snapshot.definitions.schedules).toMatchObject([
    {
      name: "nightly",
      cron: ["0 3 * * *", "0 15 * * *"],
      timeZone: "Asia/Seoul",
      target: { selection: "group:marts" },
      tags: { team: "data" },
      catchUp: { type: "window", seconds: 21_600 },
      overlap: "skip",
      jitterSeconds: 90,
      partition: "latest",
      defaultStatus: "stopped",
    },
  ]);
});

test.for([
  { fields: "cron: '0 3 * * *'", code: "missing-attribute" },
  { fields: "cron: '0 3 * * *', target: 'a', job: b", code: "invalid-attribute-value" },
  { fields: "target: a", code: "missing-attribute" },
  { fields: "target: a, cron: '61 * * * *'", code: "invalid-cron" },
  { fields: "target: a, cron: '0 3 * * *', timezone: Asia/Soul", code: "invalid-time-zone" },
  { fields: "job: nope, cron: '0 3 * * *'", code: "unknown-job" },
])("a schedule with $fields is a problem", async ({ fields, code }) => {
  const { problems } = await loadDocuments(
    `type: lib.ScheduleComponent\nattributes: { name: s, ${fields} }\n${assets}`,
  );
  expect(problems).toContainEqual(expect.stringContaining(`error ${code}`));
});

test("a sensor's settings are those of its kind", async () => {
  const text = `type: lib.SensorComponent
attributes:
  name: dropped
  target: "a"
  minimum_interval: 5m
  watch: { kind: file, folder: inbox, pattern: "*.csv" }
${assets}`;
  const loaded = await loadDocuments(text);
  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.snapshot.definitions.sensors).toMatchObject([
    {
      name: "dropped",
      kind: "file",
      minimumIntervalSeconds: 300,
      settings: { folder: "inbox", pattern: "*.csv" },
    },
  ]);
});

test.for([
  { watch: "{ kind: file }", code: "missing-attribute" },
  { watch: "{ kind: http, url: 'http://x', folder: a }", code: "unknown-attribute" },
])("a sensor that watches $watch is a problem", async ({ watch, code }) => {
  const { problems } = await loadDocuments(
    `type: lib.SensorComponent\nattributes: { name: s, target: a, watch: ${watch} }\n${assets}`,
  );
  expect(problems).toContainEqual(expect.stringContaining(`error ${code}`));
});

test("a job is a named selection", async () => {
  const loaded = await loadDocuments(
    `type: lib.JobComponent\nattributes: { name: marts, selection: "group:marts", config: { steps: { a: { days: 3 } } } }\n${assets}`,
  );
  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.snapshot.definitions.jobs).toMatchObject([
    { name: "marts", selection: "group:marts", config: { steps: { a: { days: 3 } } } },
  ]);
});

test("a secret in a job's config is refused", async () => {
  const text = `type: lib.JobComponent\nattributes: { name: marts, selection: "a", config: { steps: { a: { key: "{{ env('API_TOKEN') }}" } } } }\n${assets}`;
  const { problems } = await loadDocuments(text, { env: { API_TOKEN: "t" } });
  expect(problems).toContainEqual(expect.stringContaining("error secret-in-name"));
});

test("Segment's events are external assets below source and category", async () => {
  const text = `type: lib.SegmentComponent
attributes:
  keys: { segment: { site: [pages, tracks] } }
  group_name: segment
  description: Events.
  kinds: [segment]
`;
  const { snapshot } = await loadDocuments(text);
  expect(snapshot.definitions.assets).toMatchObject([
    { key: "segment/site/pages", materializable: false, groupName: "segment", kinds: ["segment"] },
    { key: "segment/site/tracks", materializable: false },
  ]);
});

import { expect, test } from "vitest";
import { parseCron } from "../../platform/cron/ticks.ts";
import { isTimeZone } from "../../platform/cron/time-zone.ts";

test.for([
  "* * * * *",
  "0 3 * * *",
  "*/5 8-18 * * mon-fri",
  "0 0 1,15 * *",
  "0 0 L * *",
  "0 0 L,15 * *",
  "0 9 * * 5#2",
  "0 9 * * fri#L",
  "0 9 * * 5L",
  "5/15 * * * *",
  "0 0 29 2 *",
  "0 0 30 2 5",
  "0 0 * JAN,Jul *",
  "0 0 * * sat-sun",
  "0 0 ? * 1",
  "*/90 * * * *",
  "  0  0 *\t* * ",
  "@daily",
  "@Hourly",
])("the cron text '%s' is right", (text) => {
  expect(parseCron(text)).toEqual({ ok: true });
});

test.for([
  { text: "60 * * * *", offset: 0 },
  { text: "0 24 * * *", offset: 2 },
  { text: "0 0 0 * *", offset: 4 },
  { text: "0 0 * 13 *", offset: 6 },
  { text: "0 0 * * 8", offset: 8 },
  { text: "0 0 31 2 *", offset: 4 },
  { text: "0 0 30,31 2 *", offset: 4 },
  { text: "0 0 31 4,6 *", offset: 4 },
  { text: "5-1 * * * *", offset: 0 },
  { text: "1,,2 * * * *", offset: 2 },
  { text: "*/0 * * * *", offset: 0 },
  { text: "*/x * * * *", offset: 0 },
  { text: "0 0 * * 5#6", offset: 8 },
  { text: "0 0 * * 5#0", offset: 8 },
  { text: "0 0 * foo *", offset: 6 },
  { text: "1.5 * * * *", offset: 0 },
  { text: "-5 * * * *", offset: 0 },
  { text: "? * * * *", offset: 0 },
  { text: "0 0 15W * *", offset: 4 },
  { text: "", offset: 0 },
  { text: "0 0 * *", offset: 0 },
  { text: "@reboot", offset: 0 },
])("the cron text '$text' is wrong at offset $offset", ({ text, offset }) => {
  expect(parseCron(text)).toMatchObject({ ok: false, field: "cron", offset });
});

test.for([
  { text: "0 0 3 * * *", shorter: "0 3 * * *" },
  { text: "0 3 * * * 2026", shorter: "3 * * * 2026" },
  { text: "30 3 * * * 2026", shorter: "30 3 * * *" },
])("six fields ('$text') are refused with the five of them", ({ text, shorter }) => {
  expect(parseCron(text)).toMatchObject({ ok: false, hint: expect.stringContaining(`\`${shorter}\``) });
});

test("a list of cron texts is right when all of them are", () => {
  expect(parseCron(["0 0 * * *", "0 12 * * *"]).ok).toBe(true);
  expect(parseCron(["0 0 * * *", "nonsense"]).ok).toBe(false);
  expect(parseCron([]).ok).toBe(false);
});

test.for([
  { name: "UTC", known: true },
  { name: "Asia/Seoul", known: true },
  { name: "America/Argentina/Buenos_Aires", known: true },
  { name: "Mars/Olympus", known: false },
  { name: "+09:00", known: false },
  { name: "", known: false },
])("the time zone '$name' is known: $known", ({ name, known }) => {
  expect(isTimeZone(name)).toBe(known);
});

test("an unknown time zone is told apart from a wrong cron text", () => {
  expect(parseCron("0 0 * * *", "Mars/Olympus")).toMatchObject({ ok: false, field: "timeZone" });
});

import { expect, test } from "vitest";
import { type CronText, parseCron, ticksBack, ticksFrom } from "../../platform/cron/ticks.ts";
import { automationCases, missingCases } from "./automation-cases.ts";

interface TickExpectation {
  readonly ticks: readonly { readonly utc: string }[];
}

test("the reference cases of cron are there", (context) => {
  if (missingCases !== undefined) context.skip(missingCases);
  expect(automationCases("cron", ["next_ticks", "previous_ticks"]).length).toBeGreaterThan(20);
});

test.for(automationCases("cron", ["next_ticks", "previous_ticks"]))(
  "reference case $id",
  ({ setup, steps, expect: wanted }) => {
    const { cron, timezone } = setup as { cron: CronText; timezone: string };
    for (const { op, inclusive_from, n } of steps as unknown as {
      op: string;
      inclusive_from: string;
      n: number;
    }[]) {
      const list = op === "next_ticks" ? ticksFrom : ticksBack;
      const ticks = [...list(cron, timezone, Temporal.Instant.from(inclusive_from)).take(n)].map(String);
      expect(ticks).toEqual((wanted as TickExpectation).ticks.map(({ utc }) => utc));
    }
  },
);

test.for(automationCases("cron", ["validate"]))("reference case $id", ({ setup, expect: wanted }) => {
  expect(parseCron(setup["cron"] as CronText).ok).toBe((wanted as { valid: boolean }).valid);
});

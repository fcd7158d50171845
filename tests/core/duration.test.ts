import { expect, test } from "vitest";
import { durationText, parseDurationSeconds } from "../../platform/core/duration.ts";

test.for<[string, number]>([
  ["90s", 90],
  ["90m", 5400],
  ["36h", 129_600],
  ["1.5h", 5400],
  ["1d12h", 129_600],
  ["2w", 1_209_600],
  ["0s", 0],
  [" 2d ", 172_800],
  ["PT36H", 129_600],
  ["P1DT12H", 129_600],
  ["P2W", 1_209_600],
  ["PT1H30M15.5S", 5415.5],
])("`%s` is %d seconds", ([text, seconds]) => {
  expect(parseDurationSeconds(text)).toBe(seconds);
});

test.for(["", "36", "h", "P", "PT", "P1M", "P1Y", "-1h", "1 h", "1H", "1h!", "1.h", "two days"])(
  "%j is no length of time",
  (text) => {
    expect(parseDurationSeconds(text)).toBeUndefined();
  },
);

test.for<[number, string]>([
  [129_600, "36h"],
  [172_800, "2d"],
  [604_800, "1w"],
  [5400, "90m"],
  [61, "61s"],
  [0, "0s"],
  [0.5, "0.5s"],
])("%d seconds read back as %s", ([seconds, text]) => {
  expect(durationText(seconds)).toBe(text);
  expect(parseDurationSeconds(text)).toBe(seconds);
});

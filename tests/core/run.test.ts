import { expect, test } from "vitest";
import { isTerminal, runStatuses } from "../../platform/core/run.ts";

test("a run has ended when it succeeded, failed or was canceled, and not before", () => {
  expect(runStatuses.filter(isTerminal)).toEqual(["success", "failure", "canceled"]);
});

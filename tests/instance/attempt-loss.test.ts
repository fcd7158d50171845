import { expect, test } from "vitest";
import { decideOnLoss } from "../../platform/instance/attempt-loss.ts";

const lost = { loss: "killed", status: "started", epoch: 1, maxResumes: 3 } as const;

test.for([
  { what: "was killed goes on", given: {}, decision: { action: "resume" } },
  { what: "was silent goes on", given: { loss: "silent" }, decision: { action: "resume" } },
  { what: "let its lease run out goes on", given: { loss: "lease" }, decision: { action: "resume" } },
  { what: "was lost for the third time goes on", given: { epoch: 3 }, decision: { action: "resume" } },
  {
    what: "was handed back goes on, however often",
    given: { loss: "handed_back", epoch: 9, maxResumes: 0 },
    decision: { action: "resume" },
  },
  {
    what: "was lost once too often fails",
    given: { epoch: 4 },
    decision: { action: "fail", reason: "worker_restart_limit" },
  },
  {
    what: "was lost where none is resumed fails",
    given: { maxResumes: 0 },
    decision: { action: "fail", reason: "worker_lost" },
  },
  {
    what: "ended by itself fails",
    given: { loss: "exited" },
    decision: { action: "fail", reason: "worker_lost" },
  },
  {
    what: "never started fails",
    given: { loss: "start_timeout" },
    decision: { action: "fail", reason: "start_timeout" },
  },
  {
    what: "was stopped at the end of its time fails",
    given: { loss: "max_runtime", status: "canceling" },
    decision: { action: "fail", reason: "max_runtime" },
  },
  {
    what: "was lost while it was being cancelled is cancelled",
    given: { status: "canceling" },
    decision: { action: "cancel" },
  },
  { what: "was replaced is left to the other", given: { loss: "replaced" }, decision: { action: "none" } },
] as const)("a run whose worker $what", ({ given, decision }) => {
  expect(decideOnLoss({ ...lost, ...given })).toEqual(decision);
});

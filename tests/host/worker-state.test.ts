import { expect, onTestFinished, test } from "vitest";
import { leftBehind, workerState } from "../../platform/host/worker-state.ts";

test.for([
  {
    what: "a timer",
    leave: () => {
      const timer = setTimeout(() => {}, 60_000);
      return () => clearTimeout(timer);
    },
  },
  {
    what: "an environment variable",
    leave: () => {
      process.env["LEFT_BEHIND"] = "1";
      return () => {
        delete process.env["LEFT_BEHIND"];
      };
    },
  },
  {
    what: "a global",
    leave: () => {
      Object.assign(globalThis, { leftBehindGlobal: 1 });
      return () => {
        Reflect.deleteProperty(globalThis, "leftBehindGlobal");
      };
    },
  },
  {
    what: "a listener of the process",
    leave: () => {
      const listener = () => {};
      process.on("SIGTERM", listener);
      return () => process.off("SIGTERM", listener);
    },
  },
])("$what is left behind", ({ leave }) => {
  const before = workerState();
  const undo = leave();
  onTestFinished(() => void undo());
  expect(leftBehind(before, workerState())).toBeTypeOf("string");
});

test("a run that closes what it opened leaves nothing behind", () => {
  const before = workerState();
  clearTimeout(setTimeout(() => {}, 60_000));
  process.env["LEFT_BEHIND"] = "1";
  delete process.env["LEFT_BEHIND"];
  // The process of the tests has a memory of its own.
  expect(leftBehind(before, { ...workerState(), memoryBytes: 100_000_000 })).toBeUndefined();
});

test("a process that has grown large serves no further run", () => {
  const before = workerState();
  expect(leftBehind(before, { ...before, memoryBytes: 500_000_000 })).toBeTypeOf("string");
});

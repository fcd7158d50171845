import { expect, test } from "vitest";
import { parseMessage } from "../../platform/host/message.ts";
import { createMessage } from "../../platform/host/message-envelope.ts";

test("a message that was made is read back as it is", () => {
  const message = createMessage("load", { root: "/shop", again: true, changed: ["defs/a.yaml"] }, 7);
  expect(parseMessage(structuredClone(message))).toEqual(message);
});

test.for([
  { fault: "no object", raw: "load" },
  { fault: "another version", raw: { v: 2, id: 1, type: "ack", body: { seq: 1 } } },
  { fault: "an unknown type", raw: { v: 1, id: 1, type: "toString", body: {} } },
  { fault: "no id", raw: { v: 1, type: "ack", body: { seq: 1 } } },
  { fault: "a body that lacks a field", raw: { v: 1, id: 1, type: "ack", body: {} } },
  {
    fault: "an event without a number",
    raw: { v: 1, id: 1, type: "events", body: { events: [{ runId: "r", epoch: 1, at: 0, type: "log" }] } },
  },
])("a message with $fault is refused", ({ raw }) => {
  expect(() => parseMessage(raw)).toThrow(TypeError);
});

import { expect, test } from "vitest";
import { definitionsOf } from "../../platform/define/definitions-of.ts";
import { asset, hook, resource } from "../../platform/index.ts";

test("a hook is called like its function unless it is named", () => {
  expect(hook("success", function tellTeam() {}).spec).toEqual({ name: "tellTeam", on: "success" });
  expect(hook("end", () => {}, { name: "tell" }).spec).toEqual({ name: "tell", on: "end" });
  expect(() => hook("failure", () => {})).toThrow(RangeError);
});

test("a hook gets what happened, and its resources by their keys", async () => {
  const chat = resource("chat", { create: () => ({ say: (text: string) => text }) });
  const said: string[] = [];
  const tell = hook(
    "failure",
    (given) => {
      said.push(given.chat.say(`${given.step}: ${given.status}`));
    },
    { name: "tell", resources: [chat] },
  );
  expect(tell.spec.resources).toEqual(["chat"]);
  const happened = {
    step: "a",
    status: "failure",
    resources: { chat: { say: (text: string) => `${text}!` } },
  };
  await tell.run(happened as never);
  await tell.call({ step: "b", status: "failure", chat: { say: (text: string) => text } });
  expect(said).toEqual(["a: failure!", "b: failure"]);
});

test("a module's export of a hook is found, and steps name it", () => {
  const tell = hook("end", () => {}, { name: "tell" });
  expect(definitionsOf(tell)).toEqual({ hooks: [tell] });
  const { steps, spec } = asset({ key: "a", hooks: [tell, "other"] }, () => 1);
  expect(steps[0]?.hooks).toEqual(["tell", "other"]);
  expect(spec).not.toHaveProperty("hooks");
});

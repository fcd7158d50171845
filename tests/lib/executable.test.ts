import { expect, test } from "vitest";
import { fakeStep } from "./fake-step.ts";
import { errorsOf, loadDocuments, stepNamed } from "./load-documents.ts";

const component = (more = "") => `type: lib.ExecutableComponent
attributes:
  name: usage
  execute_fn: ./usage.ts#usage
  assets: [{ key: raw/a }, { key: raw/b }]
${more}`;

async function run(code: string, more = "", resources = {}) {
  const loaded = await loadDocuments(component(more), { files: { "usage.ts": code } });
  expect(errorsOf(loaded).filter((problem) => !problem.includes("unknown-resource"))).toEqual([]);
  const { step, reports } = fakeStep({ assets: ["raw/a", "raw/b"], resources, checks: ["raw/a:ok"] });
  await stepNamed(loaded, "usage").run(step);
  return reports;
}

test("returned values are stored and what is not mentioned is reported", async () => {
  const reports = await run(
    `import { output } from "#platform";
     export const usage = () => ({ "raw/a": output([{ x: 1 }], { metadata: { pages: 2 } }) });`,
  );
  expect(reports.stored).toMatchObject([
    { asset: "raw/a", value: [{ x: 1 }], options: { metadata: { pages: 2 } } },
  ]);
  expect(reports.materialized.map(({ asset }) => asset)).toEqual(["raw/b"]);
});

test("what the function reports itself is not reported again", async () => {
  const reports = await run(
    `export async function usage(context) {
       context.materialized("raw/a", { metadata: { n: 1 } });
       await context.store("raw/b", []);
       context.checked("raw/a:ok", { passed: true });
     }`,
    "  checks: [{ asset: raw/a, name: ok }]\n",
  );
  expect(reports.materialized.length).toBe(1);
  expect(reports.stored.length).toBe(1);
  expect(reports.checked).toEqual({ "raw/a:ok": { passed: true } });
});

test("resources come by name as the second argument", async () => {
  const reports = await run(
    `export const usage = (context, { api }) => context.log.info(api.greet());`,
    "  resources: [api]\n",
    { api: { greet: () => "hello" } },
  );
  expect(reports.log).toContain("hello");
});

test("a value that belongs to no asset fails the step", async () => {
  await expect(run("export const usage = () => [1, 2];")).rejects.toMatchObject({
    name: "StepError",
    retry: "never",
  });
});

test.for([
  {
    reference: "./usage.ts#missing",
    files: { "usage.ts": "export const usage = 1;" } as { [name: string]: string },
  },
  { reference: "python.module.usage", files: {} },
])("the step of $reference fails and names the function", async ({ reference, files }) => {
  const loaded = await loadDocuments(component().replace("./usage.ts#usage", reference), { files });
  const { step } = fakeStep({ assets: ["raw/a", "raw/b"] });
  await expect(stepNamed(loaded, "usage").run(step)).rejects.toThrow(new RegExp(RegExp.escape(reference)));
});

test("a dotted reference names a file beside the component", async () => {
  const loaded = await loadDocuments(component().replace("./usage.ts#usage", ".jobs.usage.usage"), {
    files: { "jobs/usage.ts": "export const usage = () => undefined;" },
  });
  expect(loaded.problems).toEqual([]);
  const { step, reports } = fakeStep({ assets: ["raw/a", "raw/b"] });
  await stepNamed(loaded, "usage").run(step);
  expect(reports.materialized.length).toBe(2);
});

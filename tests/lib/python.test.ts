import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PythonScriptComponent } from "../../lib/python/python-script-component.ts";
import { componentConformance } from "../../platform/testing.ts";
import { errorsOf, library, loadDocuments, stepNamed } from "./load-documents.ts";

const component = (more = "") => `type: lib.PythonScriptComponent
attributes:
  script: ./a.py
${more}`;
const files = { "a.py": "print(1)\n" };
const asset = "  assets: [{ key: raw/a }]\n";

test("PythonScriptComponent does what every component class owes", async () => {
  const script = readFileSync(join(library, "python/daily_totals.py"), "utf8");
  const findings = await componentConformance(PythonScriptComponent, PythonScriptComponent.example, {
    files: { "daily_totals.py": script },
  });
  expect(findings.filter(({ failure }) => failure !== undefined)).toEqual([]);
});

test("a script that is not there is told at its attribute", async () => {
  expect(errorsOf(await loadDocuments(component(asset)))).toMatchObject([
    expect.stringContaining("file-not-found"),
  ]);
});

test("a script without assets and checks is a problem", async () => {
  expect(errorsOf(await loadDocuments(component(), { files }))).toMatchObject([
    expect.stringContaining("missing-attribute"),
  ]);
});

test.for([`args: ["{{ partition.kay }}"]`, `extras: { day: "{{ nobody }}" }`])(
  "the wrong template in %s is told while loading",
  async (attribute) => {
    const loaded = await loadDocuments(component(`${asset}  ${attribute}\n`), { files });
    expect(errorsOf(loaded)).toMatchObject([expect.stringContaining("undefined-name")]);
  },
);

test("what `execution` sets is on the step", async () => {
  const more = `${asset}  execution:
    { name: totals, pool: db, pool_slots: 2, priority: 5, isolation: process, timeout_seconds: 60, tags: { a: b },
      description: What it does, retry_policy: { max_retries: 2, delay: 1, backoff: EXPONENTIAL } }
`;
  const loaded = await loadDocuments(component(more), { files });
  expect(errorsOf(loaded).filter((problem) => !problem.includes("pool"))).toEqual([]);
  expect(stepNamed(loaded, "totals")).toMatchObject({
    assets: ["raw/a"],
    execution: "materialize",
    pool: "db",
    poolSlots: 2,
    priority: 5,
    isolation: "process",
    timeoutSeconds: 60,
    tags: { a: "b" },
    description: "What it does",
    retryPolicy: { maxRetries: 2, delaySeconds: 1, backoff: "exponential" },
  });
});

test("several assets share one step, named for the component, and the partitions of all", async () => {
  const more = `  assets: [{ key: raw/a }, { key: raw/b, partitions_def: { type: static, partition_keys: [eu] } }]
  partitions_def: { type: daily, start_date: 2026-01-01 }
`;
  const loaded = await loadDocuments(component(more), { files });
  expect(stepNamed(loaded, "demo").assets).toEqual(["raw/a", "raw/b"]);
  const partitions = loaded.snapshot.definitions.assets.map(({ key, partitions: of }) => [key, of?.type]);
  expect(partitions).toEqual([
    ["raw/a", "time"],
    ["raw/b", "static"],
  ]);
});

test("the code version changes with the script, unless the asset has its own", async () => {
  const more = "  assets: [{ key: raw/a }, { key: raw/b, code_version: v1 }]\n";
  const versions = async (text: string) =>
    (await loadDocuments(component(more), { files: { "a.py": text } })).snapshot.definitions.assets.map(
      ({ codeVersion }) => codeVersion,
    );
  const [first, second] = [await versions("print(1)\n"), await versions("print(2)\n")];
  expect([first[1], second[1]]).toEqual(["v1", "v1"]);
  expect(first[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(first[0]).not.toBe(second[0]);
});

test.for([
  { python: "", needs: ["python3"] },
  { python: "  python: python3.99\n", needs: ["python3.99"] },
  { python: "  python: tools/venv/bin/python\n", needs: ["tools/venv/bin/python"] },
  { python: "  python: /opt/python/bin/python3\n", needs: [] },
])("with $python it needs $needs", ({ python, needs }) => {
  const written = python.replace(/.*: /, "").trim();
  const attributes = { script: "./a.py", ...(written === "" ? {} : { python: written }) };
  expect(new PythonScriptComponent(attributes).requiredTools()).toEqual(needs);
});

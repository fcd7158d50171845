import { expect, test } from "vitest";
import { parseScriptReport } from "../../lib/script/script-report.ts";
import { fakeStep } from "./fake-step.ts";
import { errorsOf, loadDocuments, stepNamed } from "./load-documents.ts";

const known = { assets: ["raw/a", "raw/b"], checks: ["raw/a:fresh"] };

test.for([
  { line: "hello", reason: /no JSON object/ },
  { line: '{"rows": 1}', reason: /neither/ },
  { line: '{"assets": {"raw/c": {}}}', reason: /not of this step/ },
  { line: '{"checks": {"raw/a:fresh": {}}}', reason: /passed/ },
  { line: '{"assets": {}, "extra": 1}', reason: /unknown key/ },
])("$line is refused", ({ line, reason }) => {
  expect(parseScriptReport(line, known)).toMatchObject({ reason: expect.stringMatching(reason) });
});

test("a report tells of assets and checks", () => {
  const line =
    '{"assets": {"raw/a": {"metadata": {"rows": 3}, "data_version": "7"}}, "checks": {"raw/a:fresh": {"passed": false, "severity": "WARN"}}}';
  expect(parseScriptReport(line, known)).toEqual({
    assets: { "raw/a": { metadata: { rows: 3 }, dataVersion: "7" } },
    checks: { "raw/a:fresh": { passed: false, severity: "warn" } },
  });
});

const script = `type: lib.ScriptComponent
attributes:
  command: sh
  args: ["-c", "echo talk; echo '{\\"day\\": \\"{{ partition.key }}\\", \\"token\\": \\"'$TOKEN'\\", \\"asset\\": \\"'$DOP_ASSETS'\\"}'"]
  env: { TOKEN: "{{ env('API_TOKEN', 'none') }}" }
  metadata_from: stdout_json
  assets: [{ key: raw/a }]
`;

test("a script gets its slice, its variables and tells metadata on its last line", async () => {
  const loaded = await loadDocuments(script, { env: { API_TOKEN: "t0ken" } });
  expect(errorsOf(loaded)).toEqual([]);
  const partition = { key: "2026-01-31", keys: ["2026-01-31"], window: undefined, dimensions: {} } as never;
  const { step, reports } = fakeStep({ assets: ["raw/a"], partition });
  await stepNamed(loaded, "raw/a").run(step);
  expect(reports.materialized).toEqual([
    { asset: "raw/a", options: { metadata: { day: "2026-01-31", token: "t0ken", asset: "raw/a" } } },
  ]);
});

test.for([
  { code: 0, passed: true },
  { code: 1, passed: false },
])("of a script with checks alone, exit code $code answers $passed", async ({ code, passed }) => {
  const text = `type: lib.ScriptComponent
attributes: { command: sh, args: ["-c", "exit ${code}"], checks: [{ asset: raw/a, name: fresh }] }
---
type: lib.ExternalAssetsComponent
attributes: { assets: [{ key: raw/a }] }
`;
  const loaded = await loadDocuments(text);
  const { step, reports } = fakeStep({ checks: ["raw/a:fresh"] });
  await stepNamed(loaded, "demo").run(step);
  expect(reports.checked).toEqual({ "raw/a:fresh": { passed } });
});

test("of a script with checks alone, any other exit code fails the step", async () => {
  const text = `type: lib.ScriptComponent
attributes: { command: sh, args: ["-c", "exit 2"], checks: [{ asset: raw/a, name: fresh }] }
`;
  const loaded = await loadDocuments(text);
  const component = loaded.snapshot.components[0] as (typeof loaded.snapshot.components)[number];
  const [definition] = loaded.code.findDefinitions(component)?.steps ?? [];
  await expect(definition?.run(fakeStep({ checks: ["raw/a:fresh"] }).step)).rejects.toMatchObject({
    retry: "never",
  });
});

test("a script beside the component file that is not there is a problem", async () => {
  const loaded = await loadDocuments(
    "type: lib.ScriptComponent\nattributes: { command: ./run.sh, assets: [{ key: a }] }\n",
  );
  expect(errorsOf(loaded)).toMatchObject([expect.stringContaining("file-not-found")]);
});

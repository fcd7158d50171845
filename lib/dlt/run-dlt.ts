import { type AssetKey, isPlainObject, type StepContext, StepError } from "#platform";
import { toolPath } from "../tool-path.ts";
import type { LockedLoad } from "./dlt-lock.ts";

/** Loads the chosen resources and prints the rows of each on its last line. */
const program = `
import importlib, json, sys
def named(reference):
    module, _, name = reference.lstrip(".").rpartition(".")
    return getattr(importlib.import_module(module), name)
source_name, pipeline_name, chosen = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
source, pipeline = named(source_name), named(pipeline_name)
source = source() if callable(source) else source
pipeline.run(source.with_resources(*chosen))
print(json.dumps({"rows": dict(pipeline.last_trace.last_normalize_info.row_counts)}))
`;

/** Runs the pipeline over the selected assets' resources and reports each of them. Rejects with StepError. */
export async function runDlt(
  step: StepContext,
  { load, resources, folder }: { load: LockedLoad; resources: ReadonlyMap<AssetKey, string>; folder: string },
): Promise<void> {
  const chosen = step.selectedAssets.map((asset) => resources.get(asset) as string);
  let lastLine = "";
  const { exitCode } = await step.subprocess(
    toolPath(step.projectRoot, "python3"),
    ["-c", program, load.source, load.pipeline, JSON.stringify(chosen)],
    {
      cwd: folder,
      env: { PYTHONUNBUFFERED: "1", PYTHONPATH: folder, RUNTIME__DLTHUB_TELEMETRY: "false" },
      allowFailure: true,
      onStdoutLine(line) {
        if (line.trim() !== "") lastLine = line;
      },
    },
  );
  if (exitCode !== 0) throw new StepError(`dlt ended with exit code ${exitCode}`, { retry: "later" });
  const rows = rowsIn(lastLine);
  for (const asset of step.selectedAssets) {
    const count = rows[resources.get(asset) as string];
    step.materialized(asset, {
      metadata: {
        pipeline: load.pipeline_name,
        dataset: load.dataset_name,
        ...(typeof count === "number" ? { rows: count } : {}),
      },
    });
  }
}

function rowsIn(line: string): { readonly [resource: string]: unknown } {
  const answer: unknown = JSON.parse(line);
  return isPlainObject(answer) && isPlainObject(answer["rows"]) ? answer["rows"] : {};
}

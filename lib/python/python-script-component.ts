import { createHash } from "node:crypto";
import { isAbsolute, resolve } from "node:path";
import {
  type AssetSpec,
  assetSpecSchema,
  backfillPolicySchema,
  Component,
  type ComponentContext,
  checkSpecSchema,
  type Definitions,
  deferred,
  partitionsAttribute,
  reveal,
  type StepContext,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { backfillPolicyOf } from "../executable/backfill-policy.ts";
import { runNames, sampleRunNames } from "../run-names.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import { stepTargets } from "../step-targets.ts";
import { toolPath } from "../tool-path.ts";
import { scriptExecutionSchema, stepExecutionOf } from "./script-execution.ts";

const runNamesHint =
  "Templates are evaluated when the step runs and may name `partition.key`, `partition.keys`, `window.start`, `window.end`, `run_id` and `assets`.";

const schema = Type.Object(
  {
    script: Type.String({
      minLength: 1,
      description: "The Python file, relative to the component file.",
    }),
    args: Type.Optional(
      Type.Array(deferred(Type.String()), { description: `Arguments of the script. ${runNamesHint}` }),
    ),
    python: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          "The Python that runs it: a name that is looked for in `.venv` and on PATH, or a path, relative to the project. `python3` unless given.",
      }),
    ),
    cwd: Type.Optional(Type.String({ description: "Where it runs; the component's folder unless given." })),
    env: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: "Variables added to its environment." }),
    ),
    extras: Type.Optional(
      deferred(
        Type.Record(Type.String(), Type.Any(), {
          description: `What the script reads with \`context.get_extra(name)\`. ${runNamesHint}`,
        }),
      ),
    ),
    assets: Type.Optional(
      Type.Array(assetSpecSchema, { description: "What one run of it brings up to date." }),
    ),
    checks: Type.Optional(Type.Array(checkSpecSchema, { description: "Checks that it answers." })),
    partitions_def: Type.Optional(partitionsAttribute),
    backfill_policy: Type.Optional(
      Type.Union([Type.Literal("single_run"), backfillPolicySchema], {
        description: "How a backfill's partitions become runs.",
      }),
    ),
    execution: Type.Optional(scriptExecutionSchema),
  },
  {
    additionalProperties: false,
    description:
      "Assets and checks of a Python script that reports by Dagster Pipes: `with open_dagster_pipes() as context:` (pip install dagster-pipes) gives it the assets, the partition and extras, and takes metadata, checks and logs. Assets that it does not report are materialized when it ends well; checks it has to answer.",
  },
);

/** Assets that name no `code_version` have one that changes with the script's text, not with what it imports. */
export class PythonScriptComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "PythonScriptComponent");
  }

  override requiredTools(): readonly string[] {
    const { python = "python3" } = this.attributes;
    return isAbsolute(python) ? [] : [python];
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { script, args = [], extras = {}, partitions_def, backfill_policy, execution } = this.attributes;
    const backfillPolicy = backfillPolicyOf(backfill_policy);
    const targets = stepTargets(context, this.attributes, {
      ...(partitions_def === undefined ? {} : { partitions: partitions_def }),
      ...(backfillPolicy === undefined ? {} : { backfillPolicy }),
    });
    if (targets === undefined) return {};
    const codeVersion = createHash("sha256").update(context.readText(script)).digest("hex").slice(0, 16);
    const assets = targets.assets.map(
      (spec): AssetSpec => ({
        codeVersion,
        ...spec,
        codeReferences: [...(spec.codeReferences ?? []), context.fileReference(script)],
      }),
    );
    const sample = sampleRunNames(assets.map(({ key }) => key));
    context.evaluate(args, sample);
    context.evaluate(extras, sample);
    const step = stepOfAssets(assets, {
      ...targets.step,
      ...stepExecutionOf(execution),
      run: (step) => this.#run(context, step),
    });
    return { assets, checks: targets.checks, steps: [step] };
  }

  async #run(context: ComponentContext, step: StepContext): Promise<void> {
    const { script, args = [], extras = {}, env = {}, cwd = ".", python = "python3" } = this.attributes;
    const names = runNames(step);
    const values = reveal(context.evaluate(args, names)) as readonly unknown[];
    await step.pipes(
      pythonPath(step.projectRoot, python),
      [context.resolvePath(script), ...values.map(String)],
      {
        cwd: context.resolvePath(cwd),
        // Otherwise what it prints appears only when it ends.
        env: { PYTHONUNBUFFERED: "1", ...reveal(env) },
        extras: reveal(context.evaluate(extras, names)) as { readonly [name: string]: unknown },
      },
    );
  }
}

function pythonPath(projectRoot: string, python: string): string {
  return python.includes("/") ? resolve(projectRoot, python) : toolPath(projectRoot, python);
}

import {
  assetSpecSchema,
  type CheckKey,
  Component,
  type ComponentContext,
  checkSpecSchema,
  type Definitions,
  deferred,
  reveal,
  type StepContext,
  StepError,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { type RunNames, runNames, sampleRunNames } from "../run-names.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import { stepTargets } from "../step-targets.ts";
import { parseScriptReport, type ScriptReport } from "./script-report.ts";

const schema = Type.Object(
  {
    command: Type.String({
      minLength: 1,
      description:
        "The executable: a name on PATH, or `./script.sh` relative to the component file. No shell runs it.",
    }),
    args: Type.Optional(
      Type.Array(deferred(Type.String()), {
        description:
          "Its arguments. Their templates are evaluated when the step runs and may name `partition.key`, `partition.keys`, `window.start`, `window.end`, `run_id` and `assets`.",
      }),
    ),
    env: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: "Variables added to its environment." }),
    ),
    cwd: Type.Optional(Type.String({ description: "Where it runs; the component's folder unless given." })),
    assets: Type.Optional(
      Type.Array(assetSpecSchema, { description: "What one run of it brings up to date." }),
    ),
    checks: Type.Optional(Type.Array(checkSpecSchema, { description: "Checks that it answers." })),
    metadata_from: Type.Optional(
      Type.Literal("stdout_json", {
        description:
          '`stdout_json`: the last line of its output is JSON such as `{"assets": {"raw/a": {"metadata": {"rows": 3}}}, "checks": {"raw/a:fresh": {"passed": true}}}`, or plain metadata for its only asset.',
      }),
    ),
    timeout_seconds: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: "The step fails after so long." }),
    ),
  },
  {
    additionalProperties: false,
    description:
      "Assets and checks of any executable. It gets DOP_RUN_ID, DOP_ASSETS, DOP_PARTITION_KEY, DOP_WINDOW_START and DOP_WINDOW_END; exit code 0 is success. Of a component with checks alone, exit code 1 means that they failed.",
  },
);

export class ScriptComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "ScriptComponent");
  }

  override requiredTools(): readonly string[] {
    const { command } = this.attributes;
    return command.includes("/") ? [] : [command];
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { command, timeout_seconds } = this.attributes;
    const targets = stepTargets(context, this.attributes);
    if (targets === undefined) return {};
    const { assets, checks } = targets;
    if (command.includes("/") && !context.exists(command)) {
      context.report(["command"], {
        code: "file-not-found",
        message: `there is no file ${command} beside this component`,
      });
    }
    context.evaluate(this.attributes.args ?? [], sampleRunNames(assets.map((asset) => asset.key)));
    const step = stepOfAssets(assets, {
      ...targets.step,
      ...(timeout_seconds === undefined ? {} : { timeoutSeconds: timeout_seconds }),
      run: (step) => this.#run(context, step),
    });
    return { assets, checks, steps: [step] };
  }

  async #run(context: ComponentContext, step: StepContext): Promise<void> {
    const { command, args = [], env = {}, cwd = ".", metadata_from } = this.attributes;
    const names = runNames(step);
    const values = reveal(context.evaluate(args, names)) as readonly unknown[];
    const onlyChecks = step.step.assets.length === 0;
    let lastLine = "";
    const { exitCode } = await step.subprocess(
      command.includes("/") ? context.resolvePath(command) : command,
      values.map(String),
      {
        cwd: context.resolvePath(cwd),
        env: { ...variablesOf(names), ...reveal(env) },
        allowFailure: onlyChecks,
        onStdoutLine(line) {
          if (line.trim() !== "") lastLine = line;
        },
      },
    );
    if (exitCode !== 0 && !(onlyChecks && exitCode === 1)) {
      throw new StepError(`${command} ended with exit code ${exitCode}`, { retry: "never" });
    }
    const report: ScriptReport =
      metadata_from === undefined ? { assets: {}, checks: {} } : readReport(step, lastLine);
    for (const asset of step.selectedAssets) step.materialized(asset, report.assets[asset] ?? {});
    for (const check of step.step.checks) step.checked(check, outcomeOf(report, check, exitCode === 0));
  }
}

function outcomeOf(report: ScriptReport, check: CheckKey, passed: boolean): ScriptReport["checks"][string] {
  return report.checks[check] ?? { passed };
}

function readReport(step: StepContext, line: string): ScriptReport {
  const { assets, checks } = step.step;
  const report = parseScriptReport(line, { assets, checks });
  if ("reason" in report)
    throw new StepError(`the last line of the output ${report.reason}`, { retry: "never" });
  return report;
}

function variablesOf({ run_id, assets, partition, window }: RunNames): { readonly [name: string]: string } {
  const variables = {
    DOP_RUN_ID: run_id,
    DOP_ASSETS: assets.join(","),
    DOP_PARTITION_KEY: partition.key,
    DOP_PARTITION_KEYS: partition.keys.length === 0 ? undefined : JSON.stringify(partition.keys),
    DOP_WINDOW_START: window.start,
    DOP_WINDOW_END: window.end,
  };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

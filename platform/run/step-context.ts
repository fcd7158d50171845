import type { AssetKey } from "../core/asset-key.ts";
import type { RunEventBody } from "../core/event.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import { type StepContext, StepError, type StepLog } from "../define/step.ts";
import { type KeyTranslation, keyTranslation } from "./key-prefix.ts";
import { attachFile } from "./step-attachment.ts";
import { createStepIo, notUpstream } from "./step-io.ts";
import { stepPartition } from "./step-partition.ts";
import type { StepSetting } from "./step-setting.ts";
import { runSubprocess, type SubprocessSetting } from "./subprocess.ts";

/** What the code of one attempt gets; its functions need no `this`, because users take them apart. */
export function createStepContext(setting: StepSetting): StepContext {
  const { plan, step, definition, reports, output, engine, signal, emit } = setting;
  const keys = keyTranslation(plan.keyPrefix);
  const log = stepLog(step.key, emit);
  const subprocess: SubprocessSetting = {
    output,
    signal,
    projectRoot: setting.projectRoot,
    variables: {
      DOP_PROJECT_ROOT: setting.projectRoot,
      DOP_DATA_FOLDER: setting.dataFolder,
      DOP_RUN_ID: setting.runId,
    },
    graceMs: setting.subprocessGraceMs,
    onProcessGroup: setting.onProcessGroup,
  };
  const context: Omit<StepContext, "pipes"> = {
    runId: setting.runId,
    step: definition,
    attempt: setting.attempt,
    selectedAssets: step.assets.map((asset) => keys.outward(asset)),
    selectedChecks: step.checks.map((check) => keys.outward(check)),
    partition: stepPartition(step),
    tags: { ...plan.request.tags, ...step.tags },
    config: setting.config,
    mappingKey: setting.mappingKey,
    job: plan.request.job,
    value: (input) => setting.values.take(input),
    output: async (name, value, options) => setting.values.hand(name, value, options),
    attach: (path, { asset, ...options } = {}) =>
      attachFile(
        path,
        { ...options, ...(asset === undefined ? {} : { asset: keys.inward(asset) }) },
        setting,
      ),
    projectRoot: setting.projectRoot,
    dataFolder: setting.dataFolder,
    log,
    signal,
    ...createStepIo(setting, { keys, log }),
    resources: listedResources(setting.resources),
    query: (sql, values) => engine.query(sql, values),
    latestMetadata: async (asset) => {
      const key = keys.inward(asset);
      const isKnown = step.assets.includes(key) || step.inputs.some((input) => input.asset === key);
      if (!isKnown) throw notUpstream(asset);
      return setting.latestMetadata.get(key);
    },
    materialized: (asset, options) => reports.asset("asset.materialized", keys.inward(asset), options),
    observed: (asset, options) => reports.asset("asset.observed", keys.inward(asset), options),
    addMetadata: (asset, metadata) => reports.addMetadata(keys.inward(asset), metadata),
    checked: (check, outcome) => reports.check(keys.inward(check), outcome),
    subprocess: (command, args, options) => runSubprocess({ command, args, options }, subprocess),
  };
  return {
    ...context,
    pipes: async (command, args, options) => {
      return await (await import("./pipes/run-pipes.ts")).runPipes(
        { command, args, options },
        {
          step: context,
          codeVersions: outwardVersions(step, keys),
          output,
          ready: setting.ready,
          subprocess: (name, given, { taker, ...rest }) =>
            runSubprocess(
              { command: name, args: given, options: rest },
              { ...subprocess, ...(taker === undefined ? {} : { taker }) },
            ),
        },
      );
    },
  };
}

function outwardVersions({ codeVersions }: PlannedStep, keys: KeyTranslation): PlannedStep["codeVersions"] {
  return Object.fromEntries(
    Object.entries(codeVersions).map(([asset, version]) => [keys.outward(asset as AssetKey), version]),
  );
}

export function stepLog(step: string | undefined, emit: (body: RunEventBody) => void): StepLog {
  const at = (level: "debug" | "info" | "warning" | "error") => (message: string) =>
    emit({ type: "log", ...(step === undefined ? {} : { step }), level, message: String(message) });
  return { debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") };
}

/** Reading a resource that the step does not list is a mistake that should not pass as `undefined`. */
function listedResources(resources: { readonly [key: string]: unknown }): {
  readonly [key: string]: unknown;
} {
  return new Proxy(resources, {
    get(target, key) {
      if (typeof key === "symbol" || Object.hasOwn(target, key)) return Reflect.get(target, key);
      // Asked by `await` and `JSON.stringify` of any object.
      if (key === "then" || key === "toJSON") return undefined;
      const listed =
        Object.keys(target)
          .map((one) => `\`${one}\``)
          .join(", ") || "none";
      throw new StepError(`the step does not list the resource \`${key}\`; it lists ${listed}`, {
        retry: "never",
      });
    },
  });
}

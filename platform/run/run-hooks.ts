import { errorInfo } from "../core/event.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import type { HookDefinition } from "../define/step.ts";
import { keyTranslation } from "./key-prefix.ts";
import { type OutputSink, withOutputSink } from "./output-capture.ts";
import type { RunScope } from "./run-scope.ts";
import { stepLog } from "./step-context.ts";
import { untilAborted } from "./until-aborted.ts";

/** A step that has ended for good. */
export interface EndedStepWork {
  readonly step: PlannedStep;
  readonly status: "success" | "failure";
  /** What was thrown, for a failure. */
  readonly error: unknown;
  readonly output: OutputSink;
}

/** Calls the hooks of a step one after the other; what one does wrong is told and keeps no other from being called. */
export async function callHooks(ended: EndedStepWork, run: RunScope): Promise<void> {
  for (const name of ended.step.hooks ?? []) {
    const { key } = ended.step;
    try {
      const hook = await findHook(name, run);
      if (hook.spec.on !== "end" && hook.spec.on !== ended.status) continue;
      await callHook(hook, ended, run);
      run.emit({ type: "hook.completed", step: key, hook: name });
    } catch (error) {
      run.emit({ type: "hook.failed", step: key, hook: name, error: errorInfo(error) });
    }
  }
}

async function findHook(name: string, { plan, code }: RunScope): Promise<HookDefinition> {
  const component = plan.hooks?.[name];
  const hook = component && (await code.hook(component, name));
  if (hook === undefined) throw new Error(`no component defines the hook \`${name}\``);
  return hook;
}

async function callHook(
  hook: HookDefinition,
  { step, status, error, output }: EndedStepWork,
  run: RunScope,
): Promise<void> {
  const { plan, runId, emit } = run;
  const keys = keyTranslation(plan.keyPrefix);
  const wanted = hook.spec.resources ?? [];
  try {
    const resources = await run.resources.open(wanted);
    const work = async () =>
      hook.run({
        runId,
        step: step.key,
        status,
        error,
        assets: step.assets.map((asset) => keys.outward(asset)),
        job: plan.request.job,
        tags: { ...plan.request.tags, ...step.tags },
        log: stepLog(step.key, emit),
        resources,
      });
    await untilAborted(withOutputSink(output, work), run.signal, run.abortGraceMs);
  } finally {
    await run.resources.release(wanted);
  }
}

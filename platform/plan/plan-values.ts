import type { PlannedSource, PlannedStep, PlannedValue } from "../core/run-plan.ts";
import type { StepOutputSpec, StepSpec, StepValueSource } from "../core/step.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";
import { PlanError } from "./plan-error.ts";

/**
 * The named values that a step takes and what it runs over, with the keys of a slice of its graph: `keyOf` gives the
 * key of a step's slice. Throws PlanError `invalid-wiring`.
 */
export function planValues(
  index: DefinitionsIndex,
  spec: StepSpec,
  keyOf: (step: string) => string,
): Pick<PlannedStep, "values" | "mapOver"> {
  if (spec.inputs === undefined && spec.mapOver === undefined) return {};
  checkMapOver(index, spec);
  const values = (spec.inputs ?? []).map(
    ({ name, from, list }): PlannedValue => ({
      name,
      from: from.map((source): PlannedSource => {
        const { mapOver } = checkedGiver(index, spec, source).giver;
        return {
          ...source,
          step: keyOf(source.step),
          ...(mapOver === undefined ? {} : { mapOver: { ...mapOver, step: keyOf(mapOver.step) } }),
        };
      }),
      ...(list === true ? { list } : {}),
    }),
  );
  const { mapOver } = spec;
  return {
    ...(values.length === 0 ? {} : { values }),
    ...(mapOver === undefined ? {} : { mapOver: { step: keyOf(mapOver.step), output: mapOver.output } }),
  };
}

function checkMapOver(index: DefinitionsIndex, spec: StepSpec): void {
  if (spec.mapOver === undefined) return;
  const { giver, output } = findOutput(index, spec, spec.mapOver);
  if (output.dynamic !== true) {
    throw wrong(spec, `runs for each value of \`${giver.name}.${output.name}\`, which is one value`);
  }
  if (giver.mapOver !== undefined) {
    throw wrong(spec, `runs for each value of \`${giver.name}\`, which itself runs once for each value`);
  }
  const nested = spec.outputs?.find(({ dynamic }) => dynamic === true);
  if (nested !== undefined) {
    throw wrong(spec, `runs once for each value and can have no dynamic output like \`${nested.name}\``);
  }
}

function checkedGiver(
  index: DefinitionsIndex,
  spec: StepSpec,
  source: StepValueSource,
): { readonly giver: StepSpec; readonly output: StepOutputSpec } {
  const found = findOutput(index, spec, source);
  const { giver, output } = found;
  // Over which values the source comes: those of its own output, or those that its step runs over.
  const over = output.dynamic === true ? { step: giver.name, output: output.name } : giver.mapOver;
  const text = `\`${giver.name}.${output.name}\``;
  if (over === undefined) {
    if (source.take === "collect") throw wrong(spec, `collects ${text}, which is one value`);
    return found;
  }
  const isAlongside = spec.mapOver?.step === over.step && spec.mapOver.output === over.output;
  if (source.take === "one" && !isAlongside) {
    throw wrong(spec, `takes ${text}, which comes any number of times: run once for each, or collect them`);
  }
  return found;
}

function findOutput(
  index: DefinitionsIndex,
  spec: StepSpec,
  { step, output: name }: { readonly step: string; readonly output: string },
): { readonly giver: StepSpec; readonly output: StepOutputSpec } {
  const giver = index.steps.get(step);
  if (giver === undefined || giver.graph !== spec.graph) {
    throw wrong(spec, `takes a value from \`${step}\`, which is not in its graph`);
  }
  const output = giver.outputs?.find((one) => one.name === name);
  if (output === undefined) throw wrong(spec, `takes \`${name}\` from \`${step}\`, which has no such output`);
  return { giver, output };
}

function wrong({ name }: StepSpec, what: string): PlanError {
  return new PlanError("invalid-wiring", `\`${name}\` ${what}`);
}

import type { Asset, ComponentId, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import type { ScheduleSpec, SensorSpec, Target } from "../core/job.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import { didYouMean } from "../core/suggest.ts";
import { type Adjacency, buildAdjacency } from "./adjacency.ts";
import type { Collected, CollectedDefinitions } from "./collected.ts";
import { componentIdOf } from "./merge-assets.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { type Placed, placeOf } from "./place.ts";
import { reportSelectionFault } from "./report-selection.ts";
import { type ScheduleTargets, withPartitionCron } from "./schedule-crons.ts";
import { evaluateSelection, hintForEmpty, needsFacts } from "./select-assets.ts";
import { parseSelection } from "./selection.ts";
import type { SelectionSource } from "./selection-source.ts";
import { cronFaults } from "./validate-assets.ts";
import { soundGroups } from "./validate-groups.ts";

/** What asks for runs, each list sorted by name; what could not work is told and left out. */
export type Instigators = Pick<SnapshotDefinitions, "jobs" | "schedules" | "sensors">;

export function validateInstigators(
  collected: CollectedDefinitions,
  { assets, problems }: { assets: readonly Asset[]; problems: MergeProblems },
): Instigators {
  const source = sourceOf(assets);
  const hasSelection = (
    text: string,
    place: { placed: Placed; component: LoadedComponent; field: string },
  ): boolean => judgeSelection(text, { ...place, source, problems });
  const hasTarget = (target: Target, placed: Placed, component: LoadedComponent): boolean => {
    if ("selection" in target) return hasSelection(target.selection, { placed, component, field: "target" });
    if (collected.jobs.has(target.job)) return true;
    const known = [...collected.jobs.keys()];
    problems.report(
      {
        code: "unknown-job",
        message: `there is no job \`${target.job}\``,
        hint:
          didYouMean(target.job, known) ??
          (known.length === 0 ? "no job is defined" : `jobs are ${known.slice(0, 12).join(", ")}`),
        span: placeOf(placed, component, "target"),
      },
      component,
    );
    return false;
  };
  const targets: ScheduleTargets = { assets, source, job: (name) => collected.jobs.get(name)?.spec };
  return {
    jobs: kept(collected.jobs, (spec, component) =>
      // A job of ops selects no asset.
      spec.selection === "" && (spec.steps ?? []).length > 0
        ? true
        : judgeSelection(spec.selection, {
            ...{ placed: spec, component, field: "selection", source, problems },
            mayBeEmpty: (spec.steps ?? []).length > 0,
          }),
    ),
    schedules: kept(settledSchedules(collected.schedules, { targets, problems }), (spec, component) => {
      const faults = cronFaults(spec.cron, spec.timeZone);
      for (const fault of faults) {
        const field = fault.code === "invalid-cron" ? "cron" : "timeZone";
        problems.report(
          {
            ...fault,
            message: `schedule \`${spec.name}\`: ${fault.message}`,
            span: placeOf(spec, component, field),
          },
          component,
        );
      }
      return hasTarget(spec.target, spec, component) && faults.length === 0;
    }),
    sensors: soundGroups(keptSensors(), {
      source,
      problems,
      componentOf: ({ name }) => (collected.sensors.get(name) as Collected<SensorSpec>).component,
    }),
  };

  function keptSensors() {
    return kept(collected.sensors, (spec, component) => {
      const faulty = !(spec.minimumIntervalSeconds > 0);
      if (faulty) {
        problems.report(
          {
            code: "invalid-attribute-value",
            message: `sensor \`${spec.name}\`: the interval between ticks must be above 0 seconds`,
            span: placeOf(spec, component, "minimumIntervalSeconds"),
          },
          component,
        );
      }
      return (spec.target === undefined || hasTarget(spec.target, spec, component)) && !faulty;
    });
  }
}

/** Schedules with a cron text each; one that would follow partitions and cannot is told and left out. */
function settledSchedules(
  schedules: CollectedDefinitions["schedules"],
  { targets, problems }: { readonly targets: ScheduleTargets; readonly problems: MergeProblems },
): Map<string, Collected<ScheduleSpec>> {
  const settled = new Map<string, Collected<ScheduleSpec>>();
  for (const [name, { spec: written, component }] of schedules) {
    const { spec, reason } = withPartitionCron(written, targets);
    if (reason === undefined) settled.set(name, { spec, component });
    else {
      const message = `schedule \`${name}\`: ${reason}`;
      problems.report(
        { code: "invalid-cron", message, span: placeOf(written, component, "cronFromPartitions") },
        component,
      );
    }
  }
  return settled;
}

function kept<Spec extends { readonly name: string }>(
  specs: ReadonlyMap<string, Collected<Spec>>,
  isRight: (spec: Spec, component: LoadedComponent) => boolean,
): (Spec & { readonly component: ComponentId })[] {
  return [...specs.values()]
    .filter(({ spec, component }) => isRight(spec, component))
    .map(({ spec, component }) => ({ ...spec, component: componentIdOf(component) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function judgeSelection(
  text: string,
  {
    placed,
    component,
    field,
    source,
    problems,
    mayBeEmpty = false,
  }: {
    placed: Placed;
    component: LoadedComponent;
    field: string;
    source: SelectionSource;
    problems: MergeProblems;
    mayBeEmpty?: boolean;
  },
): boolean {
  const place = { span: placeOf(placed, component, field), text, component };
  const parsed = parseSelection(text);
  if ("fault" in parsed) {
    reportSelectionFault(place, { fault: parsed.fault }, problems);
    return false;
  }
  // What past runs or another branch say is known only when the selection is used.
  if (needsFacts(parsed.selection) || mayBeEmpty) return true;
  // A component that still waits for credentials or a lock may not know its assets yet.
  if (component.status === "ready" && !evaluateSelection(parsed.selection, source, {}).includes(1)) {
    reportSelectionFault(place, { empty: hintForEmpty(parsed.selection, source) }, problems);
  }
  return true;
}

function sourceOf(assets: readonly Asset[]): SelectionSource {
  const numbers = new Map(assets.map(({ key }, index) => [key, index]));
  let adjacency: Adjacency | undefined;
  return {
    assets,
    get adjacency() {
      adjacency ??= buildAdjacency(assets.length, (node) =>
        (assets[node] as Asset).deps.flatMap((dep) => numbers.get(dep) ?? []),
      );
      return adjacency;
    },
  };
}

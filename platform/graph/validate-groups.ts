import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { SensorSpec } from "../core/job.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { placeOf } from "./place.ts";
import { evaluateSelection, needsFacts } from "./select-assets.ts";
import { parseSelection } from "./selection.ts";
import type { SelectionSource } from "./selection-source.ts";

interface GroupTools {
  readonly source: SelectionSource;
  readonly problems: MergeProblems;
  componentOf(sensor: SensorSpec): LoadedComponent;
}

type Group = SensorSpec & { readonly component: ComponentId };

/**
 * The sensors without automation groups that could not work: an asset is evaluated in one group, or two would ask for
 * it; and a group is of a selection, as a job has no conditions.
 */
export function soundGroups(sensors: readonly Group[], tools: GroupTools): readonly Group[] {
  const groupOf = new Map<string, Group>();
  const sizes = new Map<Group, number>();
  return sensors.filter((sensor) => {
    if (sensor.kind !== "automation" || sensor.target === undefined) return true;
    if ("job" in sensor.target) {
      tell(sensor, tools, {
        code: "invalid-attribute-value",
        message: `automation group \`${sensor.name}\`: its target is a job, which has no conditions`,
        hint: "name the assets by a selection",
      });
      return false;
    }
    const members = membersOf(sensor.target.selection, tools.source);
    const shared = members.filter((key) => groupOf.has(key));
    const [first] = shared;
    if (first === undefined) {
      for (const key of members) groupOf.set(key, sensor);
      sizes.set(sensor, members.length);
      return true;
    }
    const other = groupOf.get(first) as Group;
    const [wide, narrow] = (sizes.get(other) as number) > members.length ? [other, sensor] : [sensor, other];
    const more = shared.length === 1 ? "" : ` and ${shared.length - 1} more`;
    tell(sensor, tools, {
      code: "overlapping-automation-groups",
      message: `automation group \`${sensor.name}\`: \`${other.name}\` has \`${first}\`${more} already`,
      hint: `narrow one of them, such as \`${wide.name}\` to \`(${selectionOf(wide)}) and not (${selectionOf(narrow)})\``,
      related: [
        {
          span: placeOf(other, tools.componentOf(other), "target"),
          message: `\`${other.name}\` is of this selection`,
        },
      ],
    });
    return false;
  });
}

type Fault = Omit<Parameters<MergeProblems["report"]>[0], "span">;

function tell(sensor: Group, { problems, componentOf }: GroupTools, fault: Fault): void {
  const component = componentOf(sensor);
  problems.report({ ...fault, span: placeOf(sensor, component, "target") }, component);
}

/** Nobody where it asks what only the records know. */
function membersOf(text: string, source: SelectionSource): string[] {
  const parsed = parseSelection(text);
  if ("fault" in parsed || needsFacts(parsed.selection)) return [];
  const marked = evaluateSelection(parsed.selection, source, {});
  return source.assets.flatMap(({ key }, index) => (marked[index] === 1 ? [key as string] : []));
}

function selectionOf({ target }: SensorSpec): string {
  return target !== undefined && "selection" in target ? target.selection : "";
}

import type { ComponentStatus } from "../core/definitions-snapshot.ts";
import type { ExplainCause } from "../core/explanation.ts";
import type { Entity } from "./entity-graph.ts";
import { explainCause } from "./explain-cause.ts";
import type { ExplainSurroundings } from "./explain-surroundings.ts";

/** What stops it whatever its condition says. */
export function blocksOf(entity: Entity, { unreadyComponent, group }: ExplainSurroundings): ExplainCause[] {
  const causes: ExplainCause[] = [];
  const component = unreadyComponent(entity.check?.asset ?? entity.key);
  if (component !== undefined) {
    const needs = component.needs.length === 0 ? "" : `: ${component.needs.join(", ")}`;
    causes.push(
      explainCause(codeOfStatus[component.status], component.name, {
        text: `its component ${component.name} ${stateWords[component.status]}${needs}`,
      }),
    );
  }
  if (entity.condition !== undefined && !group.isOn)
    causes.push(explainCause("paused", group.name, { text: `${group.name} is switched off` }));
  return causes;
}

const stateWords: { readonly [status in ComponentStatus]: string } = {
  ready: "is not in the code that is loaded",
  quarantined: "is quarantined",
  needs_credentials: "needs credentials",
  needs_tool: "needs a tool",
  needs_lock: "needs a lock",
};

const codeOfStatus: { readonly [status in ComponentStatus]: ExplainCause["code"] } = {
  ready: "code_not_loaded",
  quarantined: "code_not_loaded",
  needs_credentials: "variable_missing",
  needs_tool: "tool_missing",
  needs_lock: "lock_missing",
};

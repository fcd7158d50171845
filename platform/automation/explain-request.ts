import type { ExplainCause } from "../core/explanation.ts";
import type { EntityKey } from "./automation-facts.ts";
import type { Decision, TickInput } from "./evaluate.ts";
import { causesFor } from "./explain-why.ts";
import type { ProofNode } from "./proof.ts";
import { Tick } from "./tick.ts";
import { ordinalsOfKeys } from "./universe.ts";

/** Of a tick that asks for more, the causes of so many entities are kept. */
const mostEntities = 200;

/** Why a tick requested what it did, by entity: what is kept of its proofs. */
export function requestCauses(
  {
    requested,
    proofs,
  }: { readonly requested: readonly Decision[]; readonly proofs: ReadonlyMap<EntityKey, ProofNode> },
  input: Omit<TickInput, "group" | "explain">,
): ReadonlyMap<EntityKey, readonly ExplainCause[]> {
  const tick = new Tick(input);
  const causes = new Map<EntityKey, readonly ExplainCause[]>();
  for (const { entity, partitions } of requested.slice(0, mostEntities)) {
    const proof = proofs.get(entity.key);
    // What was requested along with another has none of its own.
    if (proof === undefined || proof.result.ordinals.length === 0) continue;
    causes.set(entity.key, causesFor(proof, ordinalsOfKeys(tick.universe(entity), partitions), tick));
  }
  return causes;
}

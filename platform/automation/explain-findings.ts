import { hasOrdinal, type Ordinals, subtractOrdinals, uniteOrdinals } from "../partition/ordinals.ts";
import type { Entity } from "./entity-graph.ts";
import { judgePoint } from "./explain-judge.ts";
import type { Leaf, Point, PointNode } from "./explain-point.ts";
import type { Moment } from "./true-set.ts";

/** What of a condition speaks for its answer. */
export type Finding =
  | {
      readonly kind: "operand";
      readonly leaf: Leaf;
      /** Whom it asks about here: operands of the clock are one leaf for all. */
      readonly entity: Entity;
      /** Partitions of that entity for which it is so. */
      readonly ordinals: Ordinals;
      readonly holds: boolean;
      readonly moment: Moment | undefined;
      readonly role: FindingRole;
      /** Whether the same of another dep would do as well. */
      readonly isOneOfMany: boolean;
    }
  /** It is as it was before, or nobody knows how it was before: so it is not new. */
  | { readonly kind: "not_newly"; readonly node: PointNode; readonly isNew: boolean }
  /** Nothing is remembered of what started it: the condition was another one. */
  | { readonly kind: "new_since"; readonly node: PointNode }
  /** It was started at an earlier tick and nothing has ended it. */
  | {
      readonly kind: "held";
      readonly node: Extract<PointNode, { kind: "since" }>;
      readonly moment: Moment | undefined;
    }
  /** A partition that is needed does not exist. */
  | { readonly kind: "absent"; readonly entity: Entity; readonly dep: Entity };

/** Whether it starts something, ends what was started, or is so all the time. */
export type FindingRole = "state" | "trigger" | "reset";

/** The operands of the outermost `and` that fail, each with what speaks against it; of a condition that does not hold. */
export function findingsAgainst(
  point: Point,
): readonly { readonly node: PointNode; readonly findings: readonly Finding[] }[] {
  const known = new Map<PointNode, Map<number, boolean>>();
  const holdsAt = (node: PointNode, ordinal: number): boolean => {
    const answers = known.get(node) ?? new Map<number, boolean>();
    known.set(node, answers);
    const holds = answers.get(ordinal) ?? judgePoint({ ...point, root: node, ordinal }, new Map()).holds;
    answers.set(ordinal, holds);
    return holds;
  };
  const finder = new Finder(holdsAt);
  return conjuncts(point.root)
    .filter((node) => !holdsAt(node, point.ordinal))
    .map((node) => ({ node, findings: merged(finder.find(node, point.ordinal, "state")) }));
}

function conjuncts(node: PointNode): readonly PointNode[] {
  return node.kind === "all" ? node.parts.flatMap(conjuncts) : [node];
}

class Finder {
  readonly #holdsAt: (node: PointNode, ordinal: number) => boolean;

  constructor(holdsAt: (node: PointNode, ordinal: number) => boolean) {
    this.#holdsAt = holdsAt;
  }

  /** Why a node holds or does not. */
  find(node: PointNode, ordinal: number, role: FindingRole): readonly Finding[] {
    return this.#find(node, ordinal, { role, isOneOfMany: false });
  }

  #find(node: PointNode, ordinal: number, place: FindingPlace): readonly Finding[] {
    const holds = this.#holdsAt(node, ordinal);
    switch (node.kind) {
      case "leaf":
        return [operandFinding(node, { ...place, ordinal, holds })];
      case "all":
      case "any":
        return node.parts
          .filter((part) => this.#holdsAt(part, ordinal) === holds)
          .flatMap((part) => this.#find(part, ordinal, place));
      case "not":
        return this.#find(node.part, ordinal, place);
      case "newly":
        if (holds || !this.#holdsAt(node.part, ordinal))
          return this.#find(node.part, ordinal, { ...place, role: newRole(place.role) });
        return [{ kind: "not_newly", node, isNew: node.isNew }];
      case "since":
        return this.#since(node, ordinal, { ...place, holds });
      case "related":
        return this.#related(node, ordinal, { ...place, holds });
    }
  }

  #since(
    node: Extract<PointNode, { kind: "since" }>,
    ordinal: number,
    { holds, ...place }: FindingPlace & { readonly holds: boolean },
  ): readonly Finding[] {
    const as = (role: FindingRole) => ({ ...place, role });
    if (holds) {
      if (this.#holdsAt(node.trigger, ordinal)) return this.#find(node.trigger, ordinal, as("trigger"));
      return [{ kind: "held", node, moment: node.before.moments.get(ordinal) }];
    }
    const isReset =
      this.#holdsAt(node.reset, ordinal) &&
      (hasOrdinal(node.before.ordinals, ordinal) || this.#holdsAt(node.trigger, ordinal));
    if (isReset) return this.#find(node.reset, ordinal, as("reset"));
    const untriggered = this.#find(node.trigger, ordinal, as("trigger"));
    return node.isNew ? [{ kind: "new_since", node }, ...untriggered] : untriggered;
  }

  #related(
    { relations, entity, isAny }: Extract<PointNode, { kind: "related" }>,
    ordinal: number,
    { holds, ...place }: FindingPlace & { readonly holds: boolean },
  ): readonly Finding[] {
    return relations.flatMap(({ node, ordinalsOf, isAbsent }): readonly Finding[] => {
      const ordinals = ordinalsOf(ordinal);
      const isTrue = isAbsent(ordinal) || ordinals.some((one) => this.#holdsAt(node, one));
      // Of `any` that does not hold none does, and of `all` that holds each does.
      if (isTrue !== holds) return [];
      const found = ordinals
        .filter((one) => this.#holdsAt(node, one) === isTrue)
        .flatMap((one) =>
          this.#find(node, one, { ...place, isOneOfMany: place.isOneOfMany || (isAny && !holds) }),
        );
      return holds && isAny && isAbsent(ordinal)
        ? [{ kind: "absent", entity, dep: node.entity }, ...found]
        : found;
    });
  }
}

interface FindingPlace {
  readonly role: FindingRole;
  readonly isOneOfMany: boolean;
}

function operandFinding(
  { leaf, entity, asked, values }: Extract<PointNode, { kind: "leaf" }>,
  { ordinal, holds, ...place }: FindingPlace & { readonly ordinal: number; readonly holds: boolean },
): Finding {
  const ordinals = holds ? values.ordinals : subtractOrdinals(asked, values.ordinals);
  return { kind: "operand", leaf, entity, ordinals, holds, moment: values.moments.get(ordinal), ...place };
}

function newRole(role: FindingRole): FindingRole {
  return role === "state" ? "trigger" : role;
}

/** Findings of the same operand become one. */
function merged(findings: readonly Finding[]): Finding[] {
  const places = new Map<string, number>();
  const kept: Finding[] = [];
  for (const finding of findings) {
    if (finding.kind !== "operand") {
      kept.push(finding);
      continue;
    }
    const name = `${finding.leaf.number} ${finding.entity.key} ${finding.holds} ${finding.role}`;
    const place = places.get(name);
    const first = place === undefined ? undefined : kept[place];
    if (place === undefined || first?.kind !== "operand") {
      places.set(name, kept.length);
      kept.push(finding);
    } else {
      const ordinals = uniteOrdinals(first.ordinals, finding.ordinals);
      kept[place] = { ...first, ordinals };
    }
  }
  return kept;
}

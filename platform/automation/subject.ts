import type { Ordinals } from "../partition/ordinals.ts";
import type { Entity } from "./entity-graph.ts";

/** Whom a condition is asked about. */
export interface Subject {
  readonly entity: Entity;
  readonly candidates: Ordinals;
}

import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { AutomationCondition } from "../core/condition.ts";
import type { Asset, AssetCheck, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import type { PartitionMapping, PartitionsDefinition } from "../core/partitions.ts";
import type { EntityKey } from "./automation-facts.ts";

/** An asset or a check as automation sees it. */
export interface Entity {
  readonly key: EntityKey;
  readonly asset: Asset | undefined;
  readonly check: AssetCheck | undefined;
  readonly condition: AutomationCondition | undefined;
  readonly partitions: PartitionsDefinition | undefined;
  /** Direct upstream entities, in order; of a check its asset. */
  readonly deps: readonly EntityKey[];
  readonly checks: readonly CheckKey[];
  /** Entities that run with it or not at all, itself among them. */
  readonly together: readonly EntityKey[];
  /** Whether a request brings it up to date; an observable asset is only looked at. */
  readonly materializable: boolean;
  /** Where its code is: entities of different places cannot share a run. */
  readonly location: string;
}

/** Assets and checks with their edges, each after those that it depends on. */
export class EntityGraph {
  readonly order: readonly Entity[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #entities = new Map<string, Entity>();
  readonly #children = new Map<string, EntityKey[]>();
  readonly #deps = new Map<Entity, readonly Entity[]>();
  readonly #throughViews = new Map<Entity, readonly Entity[]>();

  constructor(definitions: SnapshotDefinitions, locationOf: (key: EntityKey) => string = () => "") {
    const together = togetherOf(definitions);
    const shared = sharedConditions();
    for (const asset of definitions.assets) {
      this.#add({
        key: asset.key,
        asset,
        check: undefined,
        condition: shared(asset.automationCondition),
        partitions: asset.partitions,
        deps: asset.deps,
        checks: asset.checks,
        together: together.get(asset.key) ?? [asset.key],
        materializable: asset.materializable && asset.observable !== true,
        location: locationOf(asset.key),
      });
    }
    for (const check of definitions.checks) {
      this.#add({
        key: check.key,
        asset: undefined,
        check,
        condition: shared(check.automationCondition),
        partitions: undefined,
        deps: [check.asset],
        checks: [],
        together: [check.key],
        materializable: true,
        location: locationOf(check.key),
      });
    }
    this.order = this.#sorted();
    this.#places = new Map(this.order.map(({ key }, place) => [key, place]));
  }

  #add(entity: Entity): void {
    this.#entities.set(entity.key, entity);
    for (const dep of entity.deps) {
      const children = this.#children.get(dep);
      if (children === undefined) this.#children.set(dep, [entity.key]);
      else children.push(entity.key);
    }
  }

  /** Its number in `order`. */
  placeOf(entity: Entity): number {
    return this.#places.get(entity.key) as number;
  }

  find(key: string): Entity | undefined {
    return this.#entities.get(key);
  }

  childrenOf(key: string): readonly EntityKey[] {
    return this.#children.get(key) ?? [];
  }

  /** The entities that it depends on and that are there, in order. */
  depsOf(entity: Entity): readonly Entity[] {
    return remembered(this.#deps, entity, () => this.#found(entity.deps));
  }

  /** The same with what views read in place of the views. */
  readThroughViews(entity: Entity): readonly Entity[] {
    return remembered(this.#throughViews, entity, () => {
      const read = this.depsOf(entity).flatMap((dep) => (isView(dep) ? this.readThroughViews(dep) : [dep]));
      return [...new Set(read)];
    });
  }

  /** Views among its deps through which it reads another entity that is no dep of its own. */
  viewsBetween(downstream: Entity, upstream: EntityKey): readonly Entity[] {
    if (downstream.deps.includes(upstream)) return [];
    return this.depsOf(downstream).filter(
      (dep) => isView(dep) && this.readThroughViews(dep).some(({ key }) => key === upstream),
    );
  }

  #found(keys: readonly EntityKey[]): readonly Entity[] {
    return keys.map((key) => this.#entities.get(key)).filter((entity) => entity !== undefined);
  }

  /** Everything that depends on it, nearest first, each once and never itself. */
  *descendantsOf(key: EntityKey): Generator<Entity> {
    const seen = new Set<string>([key]);
    const queue: EntityKey[] = [...this.childrenOf(key)];
    for (let at = 0; at < queue.length; at++) {
      const next = queue[at] as EntityKey;
      if (seen.has(next)) continue;
      seen.add(next);
      const entity = this.#entities.get(next);
      if (entity === undefined) continue;
      yield entity;
      queue.push(...this.childrenOf(next));
    }
  }

  /** The mapping between an entity and one that it depends on; absent means the default. */
  mappingOf(downstream: Entity, upstream: EntityKey): PartitionMapping | undefined {
    return downstream.asset?.partitionMappings?.[upstream];
  }

  #sorted(): Entity[] {
    const order: Entity[] = [];
    const done = new Set<string>();
    for (const start of this.#entities.values()) {
      const stack: { entity: Entity; next: number }[] = [{ entity: start, next: 0 }];
      if (done.has(start.key)) continue;
      done.add(start.key);
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const dep = top.entity.deps[top.next];
        top.next += 1;
        if (dep === undefined) {
          order.push(top.entity);
          stack.pop();
          continue;
        }
        const entity = this.#entities.get(dep);
        if (entity === undefined || done.has(dep)) continue;
        done.add(dep);
        stack.push({ entity, next: 0 });
      }
    }
    return order;
  }
}

function remembered(
  known: Map<Entity, readonly Entity[]>,
  entity: Entity,
  find: () => readonly Entity[],
): readonly Entity[] {
  let found = known.get(entity);
  if (found === undefined) {
    found = find();
    known.set(entity, found);
  }
  return found;
}

/** What has no data of its own: it shows what it reads. Of its models dbt tells it as metadata. */
function isView({ asset }: Entity): boolean {
  if (asset === undefined) return false;
  const told = asset.metadata?.["materialization_type"];
  return asset.kinds.includes("view") || (told?.type === "text" && told.value === "view");
}

/** Equal conditions become one object, so that what is worked out of one is worked out once. */
function sharedConditions() {
  const known = new Map<string, AutomationCondition>();
  return (condition: AutomationCondition | undefined): AutomationCondition | undefined => {
    if (condition === undefined) return undefined;
    const text = JSON.stringify(condition);
    const first = known.get(text);
    if (first === undefined) known.set(text, condition);
    return first ?? condition;
  };
}

/** Assets and checks of steps that cannot be split, and of graphs of steps. */
function togetherOf(definitions: SnapshotDefinitions): Map<string, EntityKey[]> {
  const byStep = new Map<string, EntityKey[]>();
  for (const step of definitions.steps) {
    if (step.canSubset && step.graph === undefined) continue;
    const unit = step.graph ?? step.name;
    const keys = byStep.get(unit) ?? [];
    keys.push(...(step.assets as readonly AssetKey[]));
    byStep.set(unit, keys);
  }
  const together = new Map<string, EntityKey[]>();
  for (const keys of byStep.values()) if (keys.length > 1) for (const key of keys) together.set(key, keys);
  return together;
}

import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { Component } from "../define/component.ts";
import type { CustomConditionDefinition } from "../define/condition-definition.ts";
import type { Definitions } from "../define/definitions.ts";
import type { IoManagerDefinition } from "../define/io-manager.ts";
import type { ResourceDefinition } from "../define/resource.ts";
import type { SensorFunction } from "../define/sensor-function.ts";
import type { HookDefinition, StepDefinition } from "../define/step.ts";

/** One component's or module's code as it was built. */
export interface BuiltCode {
  readonly definitions: Definitions;
  readonly component?: Component;
}

/** The code behind a loaded project; only the code host and run workers need it. */
export class ComponentCode {
  readonly #built: ReadonlyMap<string, BuiltCode>;

  constructor(built: ReadonlyMap<string, BuiltCode>) {
    this.#built = built;
  }

  findStep(component: ComponentId, name: string): StepDefinition | undefined {
    return this.#of(component)?.definitions.steps?.find((step) => step.name === name);
  }

  findResource(component: ComponentId, key: string): ResourceDefinition | undefined {
    return this.#of(component)?.definitions.resources?.find(({ spec }) => spec.key === key);
  }

  findIoManager(component: ComponentId, name: string): IoManagerDefinition | undefined {
    return this.#of(component)?.definitions.ioManagers?.find((manager) => manager.name === name);
  }

  findHook(component: ComponentId, name: string): HookDefinition | undefined {
    return this.#of(component)?.definitions.hooks?.find(({ spec }) => spec.name === name);
  }

  findSensorFunction(component: ComponentId, name: string): SensorFunction | undefined {
    return this.#of(component)?.definitions.sensorFunctions?.find((one) => one.name === name);
  }

  findCondition(component: ComponentId, name: string): CustomConditionDefinition | undefined {
    return this.#of(component)?.definitions.conditions?.find(({ spec }) => spec.name === name);
  }

  /** The component's instance, for what it does beside building, such as refreshing its lock. */
  findComponent(component: ComponentId): Component | undefined {
    return this.#of(component)?.component;
  }

  /** All that one component defines; `undefined` where it was not built. */
  findDefinitions(component: ComponentId): Definitions | undefined {
    return this.#of(component)?.definitions;
  }

  /** Ids of everything that was built, as `file#document`. */
  ids(): string[] {
    return [...this.#built.keys()];
  }

  #of({ file, document }: ComponentId): BuiltCode | undefined {
    return this.#built.get(idText({ file, document }));
  }
}

/** `defs/shop/component.yaml#1`. */
export function idText({ file, document }: { readonly file: string; readonly document: number }): string {
  return `${file}#${document}`;
}

/** The parts of what `idText` gives. */
export function splitId(id: string): [file: string, document: number] {
  const cut = id.lastIndexOf("#");
  return [id.slice(0, cut), Number(id.slice(cut + 1))];
}

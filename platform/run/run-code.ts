import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { IoManagerDefinition } from "../define/io-manager.ts";
import type { ResourceDefinition } from "../define/resource.ts";
import type { HookDefinition, StepDefinition } from "../define/step.ts";

type Awaitable<T> = T | Promise<T>;

/** Where a run finds the code that its plan names; `undefined` where the component does not define it. */
export interface RunCode {
  step(component: ComponentId, name: string): Awaitable<StepDefinition | undefined>;
  resource(component: ComponentId, key: string): Awaitable<ResourceDefinition | undefined>;
  hook(component: ComponentId, name: string): Awaitable<HookDefinition | undefined>;
  ioManager(component: ComponentId, name: string): Awaitable<IoManagerDefinition | undefined>;
}

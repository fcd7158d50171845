import type { RunPlan } from "../core/run-plan.ts";
import type { IoManager } from "../define/io-manager.ts";
import { builtInIoManagers, isBuiltInIo } from "../io/built-in-io-managers.ts";
import type { DuckDb } from "../io/duck-db.ts";
import type { RunCode } from "./run-code.ts";

export interface IoSetting {
  readonly plan: Pick<RunPlan, "ioManagers">;
  readonly code: RunCode;
  readonly projectRoot: string;
  readonly dataFolder: string;
  readonly engine: DuckDb;
}

/** IO managers of one run by name, each made when it is first needed. One that the project defines hides a built-in. */
export class RunIo {
  readonly #setting: IoSetting;
  readonly #builtIn: ReturnType<typeof builtInIoManagers>;
  readonly #made = new Map<string, Promise<IoManager>>();

  constructor(setting: IoSetting) {
    this.#setting = setting;
    this.#builtIn = builtInIoManagers(setting.engine);
  }

  get(name: string): Promise<IoManager> {
    const made = this.#made.get(name) ?? this.#make(name);
    this.#made.set(name, made);
    return made;
  }

  async #make(name: string): Promise<IoManager> {
    const { plan, code, projectRoot, dataFolder } = this.#setting;
    const component = plan.ioManagers[name];
    if (component === undefined && isBuiltInIo(name)) return this.#builtIn[name];
    const definition = component && (await code.ioManager(component, name));
    if (definition === undefined) throw new Error(`no component defines the IO manager \`${name}\``);
    return definition.create({ projectRoot, dataFolder });
  }
}

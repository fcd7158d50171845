import { builtInIoManagers as namesOfBuiltIn } from "../core/built-in-io.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import type { IoManager } from "../define/io-manager.ts";
import type { builtInIoManagers } from "../io/built-in-io-managers.ts";
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
  #builtIn: Promise<ReturnType<typeof builtInIoManagers>> | undefined;
  readonly #made = new Map<string, Promise<IoManager>>();
  /** Steps in progress that may use a manager. */
  readonly #users = new Map<string, number>();

  constructor(setting: IoSetting) {
    this.#setting = setting;
  }

  get(name: string): Promise<IoManager> {
    const made = this.#made.get(name) ?? this.#make(name);
    this.#made.set(name, made);
    return made;
  }

  /** Tells that a step begins that may use the managers of its outputs and inputs. */
  begin(step: Pick<PlannedStep, "io" | "inputs">): void {
    for (const name of namesOf(step)) this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
  }

  /** Tells that it is over: managers that no other step uses let go of their files. Never rejects. */
  async end(step: Pick<PlannedStep, "io" | "inputs">): Promise<void> {
    for (const name of namesOf(step)) {
      const left = (this.#users.get(name) as number) - 1;
      this.#users.set(name, left);
      if (left > 0) continue;
      try {
        await (await this.#made.get(name))?.release?.();
      } catch {
        // What could not be made holds nothing, and what cannot be let go is told by whoever needs it next.
      }
    }
  }

  async #make(name: string): Promise<IoManager> {
    const { plan, code, projectRoot, dataFolder, engine } = this.#setting;
    const component = plan.ioManagers[name];
    const builtIn = component === undefined ? namesOfBuiltIn.find((known) => known === name) : undefined;
    if (builtIn !== undefined) {
      this.#builtIn ??= builtInFor(engine);
      return (await this.#builtIn)[builtIn];
    }
    const definition = component && (await code.ioManager(component, name));
    if (definition === undefined) throw new Error(`no component defines the IO manager \`${name}\``);
    return definition.create({ projectRoot, dataFolder, engine });
  }
}

/** They are loaded when a step first stores or reads a value: a process of one step often does neither. */
async function builtInFor(engine: DuckDb): Promise<ReturnType<typeof builtInIoManagers>> {
  const parts = await import("../io/built-in-io-managers.ts");
  return parts.builtInIoManagers(engine);
}

function namesOf({ io, inputs }: Pick<PlannedStep, "io" | "inputs">): ReadonlySet<string> {
  return new Set([...Object.values(io), ...inputs.map((input) => input.io)]);
}

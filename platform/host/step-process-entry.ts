import { existsSync } from "node:fs";
import { join } from "node:path";
import { codeStamp } from "../component/code-stamp.ts";
import { writeWhole } from "../component/write-whole.ts";
import { compiledFolderVariable, type PackedEntry } from "./hosted-process.ts";

/** Those that modules of the pack come from, and `index.ts` from the folder around them. */
const floors = ["core", "cron", "define", "partition", "plan", "io", "run", "component", "host", "."];

/**
 * What a step's process runs: `step-process.ts` with all that it and `#platform` import, packed into one file. That is
 * made once for each state of dop's code and lies with the project's compiled code; until it is there, and where it
 * cannot be kept, the process runs the modules themselves.
 */
export class StepProcessEntry {
  readonly #compiledFolder: string;
  readonly #path: string;
  #making: Promise<void> | undefined;

  constructor(root: string) {
    this.#compiledFolder = join(root, ".dop", "cache", "code");
    this.#path = join(this.#compiledFolder, `step-process-${codeStamp(floors).slice(0, 16)}.mjs`);
  }

  /** As it is now; the cache may be cleared at any time. */
  get current(): PackedEntry | "step-process.ts" {
    if (existsSync(this.#path)) return { path: this.#path, compiledFolder: this.#compiledFolder };
    this.#making ??= makePack(this.#path).catch(() => {});
    return "step-process.ts";
  }

  /** Resolves when the pack is there, or cannot be. */
  async made(): Promise<void> {
    if (this.current === "step-process.ts") await this.#making;
  }
}

async function makePack(path: string): Promise<void> {
  const { packModules } = await import("./module-pack.ts");
  const text = await packModules([...begin, "../index.ts", main].map(own));
  const url = (module: string) => JSON.stringify(own(module));
  const hooks = `packed[${url("./packed-modules.ts")}].servePacked`;
  // A step's own subprocesses keep their code where they like.
  const end = `delete process.env.${compiledFolderVariable};
${hooks}(packed, { packUrl: import.meta.url, home: ${url(main)} });
`;
  writeWhole(path, text + end, { newMode: 0o600 });
}

/** No module of the pack imports anything while it is evaluated, so hooks may stand after that. */
const begin = ["./resolve-hook.js", "./packed-modules.ts"];
const main = "./step-process.ts";

function own(path: string): string {
  return new URL(path, import.meta.url).href;
}

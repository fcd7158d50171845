import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProject } from "../../platform/component/load-project.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";
import { printTable, spread } from "./measure.ts";

const component = `type: lib.DbtProjectComponent
attributes:
  project: ./dbt
  manifest: ./manifest.json
  translation:
    group_name: "{{ node.fqn[1] }}"
    automation_condition: "{{ automation.eager() }}"
`;

/** From a manifest in a file to definitions: read, chosen, translated and merged, in this process and from nothing. */
export async function measureLoad(
  name: string,
  manifest: string,
  { repeats, bar }: { readonly repeats: number; readonly bar: string },
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "dop-bench-dbt-"));
  try {
    mkdirSync(join(root, "defs/shop"), { recursive: true });
    writeFileSync(join(root, "defs/shop/component.yaml"), component);
    const cpu: number[] = [];
    const wall: number[] = [];
    let assets = 0;
    let checks = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      // A new file each time: otherwise the last one is still known.
      writeFileSync(join(root, "defs/shop/manifest.json"), manifest);
      const [startedMs, before] = [performance.now(), process.cpuUsage()];
      const { project } = await loadProject({ root, variables: {}, configuration: { defs: "defs" } });
      const { definitions, problems } = mergeProject(project).snapshot;
      const { user, system } = process.cpuUsage(before);
      wall.push((performance.now() - startedMs) / 1000);
      cpu.push((user + system) / 1e6);
      ({ length: assets } = definitions.assets);
      ({ length: checks } = definitions.checks);
      const errors = problems.filter(
        ({ severity, code }) => severity === "error" && code !== "duplicate-asset",
      );
      if (errors.length > 0) throw new Error(errors[0]?.message);
    }
    printTable(`${name}: manifest to definitions (s; the bar is ${bar})`, [
      { what: "CPU", cost: spread(cpu), assets, checks },
      { what: "time", cost: spread(wall), assets, checks },
    ]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Writes a project of `count` documents below `root`: assets with templates and conditions, SQL, external tables,
 * checks and schedules, with defaults in the root folder and in each team's. The same count gives the same bytes.
 */
export function generateProject(root: string, count: number): void {
  const write = (path: string, text: string) => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  write("package.json", `${JSON.stringify(packageOf(), null, 2)}\n`);
  write("defs/component.yaml", rootDefaults);
  const teams = Math.max(1, Math.floor(count / 50));
  for (let team = 0; team < teams; team++) write(`defs/team${team}/component.yaml`, teamDefaults(team));
  for (let index = 1 + teams; index < count; index++) {
    write(`defs/team${index % teams}/source${index}/component.yaml`, documentOf(index));
  }
}

function packageOf(): object {
  return {
    name: "generated",
    private: true,
    type: "module",
    dop: {
      registry: { lib: process.env["DOP_BENCH_LIB"] ?? "./lib" },
      env: { WAREHOUSE_SCHEMA: {}, REGION: {} },
    },
  };
}

const rootDefaults = `type: platform.Defaults
attributes:
  - select: "*"
    freshness_policy: { time_window: { fail_window: 36h } }
    owners: ["team:data"]
`;

function teamDefaults(team: number): string {
  return `type: platform.Defaults
attributes:
  - select: "*"
    group_name: team${team}
    tags: { team: "team${team}" }
`;
}

function documentOf(index: number): string {
  switch (index % 5) {
    case 0:
      return externalAssets(index);
    case 1:
      return sqlAsset(index);
    case 2:
      return checks(index);
    case 3:
      return schedule(index);
    default:
      return executable(index);
  }
}

function externalAssets(index: number): string {
  return `type: lib.ExternalAssetsComponent
attributes:
  assets:
    - key: "raw/{{ env('WAREHOUSE_SCHEMA', 'main') }}/table_${index}_a"
      description: First table of source ${index}.
      kinds: [postgres]
      metadata: { source: "s${index}", rows: 100 }
    - key: raw/table_${index}_b
      description: Second table of source ${index}.
      kinds: [postgres]
      owners: ["owner${index % 7}@example.com"]
      freshness_policy: "{{ freshness.time_window(fail_window='24h', warn_window='12h') }}"
`;
}

function sqlAsset(index: number): string {
  return `type: lib.SqlComponent
attributes:
  sql: |
    select id, amount, {{ env('REGION', 'eu') }} as region
    from source
    where amount > ${index}
  asset:
    key: staging/orders_${index}
    deps: [raw/table_${Math.max(5, index - (index % 5))}_b]
    description: |
      Orders of source ${index}, cleaned.
    kinds: [duckdb]
    automation_condition: "{{ automation.on_cron('${index % 60} 3 * * *', 'Asia/Seoul') }}"
    partitions_def: { type: daily, start_date: 2026-01-01, timezone: Asia/Seoul }
`;
}

function checks(index: number): string {
  return `type: lib.ChecksComponent
attributes:
  asset: staging/orders_${index - 1}
  checks:
    - type: row_count
      min: 1
      blocking: true
    - type: not_null
      columns: [id, amount]
    - type: accepted_values
      column: region
      values: ["{{ env('REGION', 'eu') }}", us]
`;
}

function schedule(index: number): string {
  return `type: lib.ScheduleComponent
attributes:
  name: nightly_${index}
  cron: "${index % 60} 2 * * *"
  timezone: Asia/Seoul
  target: key:staging/orders_${index - 2}
  tags:
    team: "team${index % 9}"
`;
}

function executable(index: number): string {
  return `type: lib.ScriptComponent
attributes:
  command: python3
  args: ["-c", "print(${index})"]
  assets:
    - key: mart/summary_${index}
      deps:
        - staging/orders_${index - 3}
      group_name: "{{ environment }}_marts"
      automation_condition:
        all_of:
          - "{{ automation.eager() }}"
          - not: in_progress
      tags:
        index: "{{ ${index} }}"
        cost: low
`;
}

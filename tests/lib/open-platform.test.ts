import { expect, test } from "vitest";
import { errorsOf, loadDocuments } from "./load-documents.ts";

const guideExample = `type: lib.FivetranComponent
attributes:
  workspace:
    account_id: "{{ env('FIVETRAN_ACCOUNT_ID') }}"
    api_key: "{{ env('FIVETRAN_API_KEY') }}"
  translation:
    key: "fivetran/{{ props.table.replace('.', '/') }}"
    automation_condition: "{{ hourly_if_not_in_progress }}"
`;

test("the guide's Fivetran example loads as written and shows which variables it needs", async () => {
  const loaded = await loadDocuments(guideExample);
  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.snapshot.components[0]).toMatchObject({
    status: "needs_credentials",
    needs: expect.arrayContaining(["FIVETRAN_ACCOUNT_ID", "FIVETRAN_API_KEY", "FIVETRAN_API_SECRET"]),
  });
});

test("a Fivetran component with credentials and no lock needs a lock", async () => {
  const env = { FIVETRAN_ACCOUNT_ID: "a", FIVETRAN_API_KEY: "k", FIVETRAN_API_SECRET: "s" };
  const loaded = await loadDocuments(guideExample, { env });
  expect(loaded.snapshot.components[0]?.status).toBe("needs_lock");
});

test.for([
  { environment: "PROD", database: "aws", schema: "elementl", role: "AWS_WRITER" },
  { environment: "prod", database: "aws", schema: "elementl", role: "AWS_WRITER" },
  { environment: "LOCAL", database: "sandbox", schema: "dev", role: "SANDBOX_WRITER" },
  { environment: "BRANCH", database: "aws", schema: "dev", role: "AWS_WRITER" },
  { environment: "DOGFOOD", database: "aws", schema: "dev", role: "AWS_WRITER" },
])(
  "Snowflake objects of $environment stand in $database.$schema",
  async ({ environment, database, schema, role }) => {
    const text = `type: lib.SnowflakeCreateOrRefreshComponent
attributes:
  name: landing
  database_name: "{{ database_from_env() }}"
  schema_name: "{{ schema_from_env() }}"
  type: stage
  role: "{{ role_from_env() }}"
  asset_attributes: { description: "{{ role_from_env() }}" }
`;
    const { snapshot } = await loadDocuments(text, { environment });
    expect(snapshot.definitions.assets[0]).toMatchObject({
      key: `${database}/${schema}/landing`,
      description: role,
    });
  },
);

test("Python functions of Open Platform's files load as data, with a warning", async () => {
  const text = `type: lib.ExecutableComponent
attributes:
  name: datadog_usage
  assets:
    - key: datadog/raw/usage
      kinds: [snowflake, datadog]
      owners: ["team:data"]
  execute_fn: dagster_open_platform.defs.datadog.py.fns.datadog_usage
  partitions_def: { type: daily, start_date: 2025-01-01 }
  backfill_policy: single_run
`;
  const { problems, snapshot } = await loadDocuments(text);
  expect(problems).toMatchObject([expect.stringMatching(/^warning file-not-found/)]);
  expect(snapshot.definitions.assets).toMatchObject([
    {
      key: "datadog/raw/usage",
      partitions: { type: "time", cadence: "daily", start: "2025-01-01" },
      backfillPolicy: { type: "single_run" },
      materializable: true,
    },
  ]);
});

test("production replications have one step per shard and stubs of what is upstream", async () => {
  const replication = `source: PROD
target: WAREHOUSE
streams:
  public.Users: { object: main.public.users }
  public.orgs: { disabled: true }
`;
  const text = `type: lib.ProdDbReplicationsComponent
attributes:
  config_dir: ./sling
  replications:
    - name: users
      shards: [main, shard1]
      last_update_freshness_check: { hours: 3 }
`;
  const files = {
    "sling/main/users.yaml": replication,
    "sling/shard1/users.yaml": replication.replace("main.", "shard1."),
  };
  const { snapshot, problems } = await loadDocuments(text, { files, env: { PROD: "x", WAREHOUSE: "x" } });
  expect(problems).toEqual([]);
  const { assets, steps, checks } = snapshot.definitions;
  expect(
    assets.map(({ key, groupName, deps, kinds }) => ({ key, groupName, deps, kinds: [...kinds].sort() })),
  ).toEqual([
    { key: "main/public/users", groupName: "postgres_main", deps: [], kinds: [] },
    { key: "shard1/public/users", groupName: "postgres_shard1", deps: [], kinds: [] },
    {
      key: "target/main/public/users",
      groupName: "cloud_product_main",
      deps: ["main/public/users"],
      kinds: ["sling", "snowflake"],
    },
    {
      key: "target/shard1/public/users",
      groupName: "cloud_product_shard1",
      deps: ["shard1/public/users"],
      kinds: ["sling", "snowflake"],
    },
  ]);
  expect(steps.map(({ name }) => name)).toEqual(["cloud_product_shard1_users", "cloud_product_users"]);
  expect(checks.map(({ key, step }) => ({ key, step }))).toEqual([
    { key: "target/main/public/users:freshness_check", step: undefined },
    { key: "target/shard1/public/users:freshness_check", step: undefined },
  ]);
});

test("a replication file that is missing is a problem of its component", async () => {
  const text = `type: lib.EgressReplicationComponent
attributes:
  config_dir: ./sling
  replications:
    - { name: support, deps: [a/b] }
`;
  const { problems } = await loadDocuments(text);
  expect(problems).toMatchObject([expect.stringMatching(/^error file-not-found/)]);
});

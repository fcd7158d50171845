import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A small project with something for every selection method of dbt. */
const files: { readonly [path: string]: string } = {
  "dbt_project.yml": `
name: shop
version: "1.0"
profile: shop
model-paths: [models]
seed-paths: [seeds]
snapshot-paths: [snapshots]
models:
  shop:
    staging: { +materialized: view, +tags: [staging] }
    marts: { +materialized: table, +tags: [nightly] }
flags: { send_anonymous_usage_stats: false }
`,
  "profiles.yml": `
shop:
  target: dev
  outputs: { dev: { type: duckdb, path: shop.duckdb } }
`,
  "seeds/raw_orders.csv": "id,amount\n1,10\n",
  "seeds/raw_customers.csv": "id,name\n1,a\n",
  "models/staging/stg_orders.sql": "select * from {{ ref('raw_orders') }}",
  "models/staging/stg_customers.sql": "{{ config(tags=['pii']) }} select * from {{ ref('raw_customers') }}",
  "models/staging/app/stg_events.sql": "select * from {{ source('app', 'events') }}",
  "models/staging/app/stg_clicks.sql": "select * from {{ source('app', 'clicks') }}",
  "models/intermediate/int_orders.sql":
    "{{ config(materialized='ephemeral') }} select o.* from {{ ref('stg_orders') }} o, {{ ref('stg_events') }} e",
  "models/intermediate/int_empty.sql": "  ",
  "models/marts/core/orders.sql":
    "{{ config(meta={'owner': 'ann', 'level': 3, 'hot': true}) }} select * from {{ ref('int_orders') }}",
  "models/marts/core/customers.sql":
    "{{ config(materialized='incremental', unique_key='id') }} select c.* from {{ ref('stg_customers') }} c, {{ ref('orders') }} o",
  "models/marts/finance/revenue_v1.sql": "select * from {{ ref('orders') }}",
  "models/marts/finance/revenue_v2.sql": "select * from {{ ref('orders') }}",
  "models/marts/finance/revenue_v3.sql": "select * from {{ ref('orders') }}",
  "models/marts/finance/margin.sql": "select * from {{ ref('revenue', v=1) }}",
  "models/marts/report.v2.sql": "select * from {{ ref('customers') }}, {{ ref('revenue', v=2) }}",
  "models/marts/retired.sql": "{{ config(enabled=false) }} select 1 as id",
  "models/sources.yml": `
sources:
  - name: app
    config: { tags: [landing] }
    tables:
      - name: events
        columns: [{ name: id, data_tests: [unique, not_null] }]
      - name: clicks
  - name: app_old
    tables: [{ name: events }]
`,
  "models/staging/staging.yml": `
models:
  - name: stg_orders
    columns: [{ name: id, data_tests: [unique, { not_null: { config: { severity: warn, tags: [light] } } }] }]
  - name: stg_customers
    columns: [{ name: id, data_tests: [unique] }]
`,
  "models/marts/marts.yml": `
groups:
  - name: finance
    owner: { email: fin@example.com }
models:
  - name: orders
    access: public
    config: { contract: { enforced: true } }
    columns:
      - name: id
        data_type: integer
        data_tests: [not_null]
      - { name: amount, data_type: integer }
  - name: customers
    columns:
      - name: id
        data_tests:
          - relationships: { arguments: { to: "ref('orders')", field: id } }
          - relationships: { arguments: { to: "ref('stg_customers')", field: id } }
  - name: revenue
    latest_version: 2
    config: { group: finance }
    access: protected
    versions: [{ v: 1 }, { v: 2 }, { v: 3 }]
    columns: [{ name: id, data_tests: [not_null] }]
  - name: margin
    config: { group: finance }
    access: private
  - name: retired
    columns: [{ name: id, data_tests: [unique] }]
unit_tests:
  - name: adds_up
    model: customers
    config: { tags: [unit] }
    given:
      - { input: "ref('stg_customers')", rows: [{ id: 1 }] }
      - { input: "ref('orders')", rows: [{ id: 1 }] }
      - { input: this, rows: [] }
    expect: { rows: [{ id: 1 }] }
exposures:
  - name: board
    type: dashboard
    tags: [nightly]
    owner: { email: bi@example.com }
    depends_on: ["ref('customers')", "source('app', 'clicks')"]
`,
  "models/semantic/semantic.yml": `
models:
  - name: days
    time_spine: { standard_granularity_column: day }
    columns: [{ name: day, granularity: day }]
semantic_models:
  - name: orders
    model: ref('orders')
    defaults: { agg_time_dimension: ordered_on }
    entities: [{ name: id, type: primary }]
    dimensions: [{ name: ordered_on, type: time, type_params: { time_granularity: day } }]
    measures: [{ name: total, agg: sum, expr: amount }]
metrics:
  - name: total
    label: Total
    type: simple
    type_params: { measure: total }
    config: { group: finance }
  - name: twice
    label: Twice
    type: derived
    type_params: { expr: total * 2, metrics: [{ name: total }] }
saved_queries:
  - name: by_day
    config: { tags: [nightly] }
    query_params: { metrics: [twice], group_by: ["TimeDimension('id__ordered_on')"] }
`,
  "models/semantic/days.sql": "select current_date as day",
  "snapshots/orders_history.yml": `
snapshots:
  - name: orders_history
    relation: ref('stg_orders')
    config: { strategy: check, unique_key: id, check_cols: all }
`,
  "tests/orders_match.sql":
    "select 1 from {{ ref('orders') }} o, {{ ref('stg_orders') }} s where o.id <> s.id and false",
  "tests/alone.sql": "{{ config(tags=['light']) }} select 1 as x where false",
  "analyses/look.sql": "select * from {{ ref('orders') }}",
  "macros/cents.sql": "{% macro cents(x) %} {{ x }} * 100 {% endmacro %}",
  "selectors.yml": `
selectors:
  - name: core
    definition: { method: path, value: models/marts/core, children: true, indirect_selection: cautious }
  - name: mixed
    definition:
      union:
        - { method: tag, value: staging }
        - intersection:
            - "resource_type:model"
            - { method: fqn, value: "*.marts.*", parents: true, parents_depth: 1 }
        - exclude: [{ method: config.materialized, value: ephemeral }, "stg_events+1"]
  - name: again
    definition:
      union:
        - { method: selector, value: core }
        - { method: resource_type, value: snapshot, indirect_selection: empty }
  - name: level
    definition: { method: config.meta.level, value: 3, exclude: [{ test_name: not_null }] }
  - name: both_ends
    definition: { method: fqn, value: orders, parents: true, children: true, children_depth: 1 }
  - name: kin
    definition: { method: fqn, value: stg_customers, childrens_parents: true }
`,
};

/** What changes between the state that is kept and the project as it is. */
const changes: { readonly [path: string]: string } = {
  "models/staging/stg_orders.sql": "select *, 1 as more from {{ ref('raw_orders') }}",
  "models/staging/stg_customers.sql":
    "{{ config(tags=['pii', 'new']) }} select * from {{ ref('raw_customers') }}",
  "models/marts/core/customers.sql":
    "{{ config(materialized='table', unique_key='id') }} select c.* from {{ ref('stg_customers') }} c, {{ ref('orders') }} o",
  "models/marts/finance/margin.sql": "{{ config(alias='profit') }} select * from {{ ref('revenue', v=1) }}",
  "models/intermediate/int_fresh.sql": "select {{ cents('id') }} as id from {{ ref('stg_events') }}",
  "seeds/raw_customers.csv": "id,name\n1,b\n",
};

export function writeProject(folder: string): void {
  writeFiles(folder, files);
}

export function changeProject(folder: string): void {
  writeFiles(folder, changes);
}

/** Files of a run's state beside the manifest, in dbt's form. */
export function writeState(folder: string, target: string): void {
  const schema = (name: string): object => ({
    dbt_schema_version: `https://schemas.getdbt.com/dbt/${name}.json`,
    dbt_version: "1.11.0",
    generated_at: "2026-01-01T00:00:00Z",
    invocation_id: "x",
    env: {},
  });
  const result = (unique_id: string, status: string): object => ({
    unique_id,
    status,
    timing: [],
    thread_id: "t",
    execution_time: 0,
    adapter_response: {},
    message: null,
    failures: null,
    compiled: true,
    compiled_code: "",
    relation_name: null,
    batch_results: null,
  });
  const source = (table: string, max_loaded_at: string): object => ({
    unique_id: `source.shop.${table}`,
    max_loaded_at,
    snapshotted_at: max_loaded_at,
    max_loaded_at_time_ago_in_s: 1,
    status: "pass",
    criteria: {
      warn_after: { count: null, period: null },
      error_after: { count: null, period: null },
      filter: null,
    },
    adapter_response: {},
    timing: [],
    thread_id: "t",
    execution_time: 0,
  });
  const write = (path: string, name: string, results: readonly object[]): void =>
    writeFileSync(path, JSON.stringify({ metadata: schema(name), elapsed_time: 1, args: {}, results }));
  write(join(folder, "run_results.json"), "run-results/v6", [
    result("model.shop.stg_orders", "success"),
    result("model.shop.orders", "error"),
    result("model.shop.customers", "skipped"),
    result("test.shop.orders_match", "fail"),
  ]);
  write(join(folder, "sources.json"), "sources/v3", [
    source("app.events", "2026-01-01T00:00:00Z"),
    source("app.clicks", "2026-01-01T00:00:00Z"),
  ]);
  write(join(target, "sources.json"), "sources/v3", [
    source("app.events", "2026-01-01T00:00:01Z"),
    source("app.clicks", "2026-01-01T00:00:00Z"),
    source("app_old.events", "2025-01-01T00:00:00Z"),
  ]);
}

function writeFiles(folder: string, written: { readonly [path: string]: string }): void {
  for (const [path, text] of Object.entries(written)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

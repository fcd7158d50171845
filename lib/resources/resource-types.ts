import { type ResourceContext, type Row, type TObject, Type } from "#platform";
import { bigQueryConnectionSchema } from "../bigquery/bigquery-connection.ts";
import { createHttpClient } from "../http/http-client.ts";
import { withConnection } from "../postgres/postgres-connection.ts";
import { connectionSchema } from "../snowflake/snowflake-connection.ts";
import { type DuckDbFile, openDuckDbFile } from "./duckdb-resource.ts";

/** A kind of resource that a component file may define. `attributes` arrive checked, with secrets revealed. */
export interface ResourceType {
  readonly schema: TObject;
  create(attributes: { readonly [name: string]: unknown }, context: ResourceContext): unknown;
  close?(value: unknown): void | Promise<void>;
  /** The DuckDB file that it holds open; absolute or relative to the project. */
  duckDbFile?(attributes: { readonly [name: string]: unknown }): string;
}

const closed = { additionalProperties: false };

const http: ResourceType = {
  schema: Type.Object(
    {
      base_url: Type.String({
        minLength: 1,
        description: "Address before each path, such as `https://api.example.com/v1`.",
      }),
      headers: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: "Headers of every request." }),
      ),
      timeout_seconds: Type.Optional(
        Type.Number({ exclusiveMinimum: 0, description: "Deadline of a request; 30 unless given." }),
      ),
      max_retries: Type.Optional(
        Type.Integer({ minimum: 0, description: "Further tries of a request; 4 unless given." }),
      ),
    },
    { ...closed, description: "A JSON API: `api.request('/orders', {query, json, signal})`." },
  ),
  create({ base_url, headers, timeout_seconds, max_retries }) {
    return createHttpClient({
      baseUrl: String(base_url).replace(/\/$/, ""),
      ...(headers === undefined ? {} : { headers: headers as { readonly [name: string]: string } }),
      ...(timeout_seconds === undefined ? {} : { timeoutMs: Number(timeout_seconds) * 1000 }),
      ...(max_retries === undefined ? {} : { maxRetries: Number(max_retries) }),
    });
  },
};

const duckdb: ResourceType = {
  schema: Type.Object(
    {
      path: Type.String({
        minLength: 1,
        description: "The database file, relative to the project; made when it is missing.",
      }),
    },
    { ...closed, description: "A DuckDB file: `db.query('select …', {name: value})`." },
  ),
  create: ({ path }, { projectRoot }) => openDuckDbFile(projectRoot, String(path)),
  close: (value) => (value as DuckDbFile)[Symbol.asyncDispose](),
  duckDbFile: ({ path }) => String(path),
};

const postgres: ResourceType = {
  schema: Type.Object(
    { url: Type.String({ minLength: 1, description: "`postgresql://user:password@host:5432/database`." }) },
    {
      ...closed,
      description: "A Postgres database: `db.query('select …', [values])`, a connection each time.",
    },
  ),
  create: ({ url }) => ({
    connection: { type: "postgres", url },
    query: async (sql: string, values: readonly unknown[] = []) =>
      await withConnection({ url: String(url) }, AbortSignal.timeout(queryDeadlineMs), async (client) => {
        const { rows } = await client.query<Row>(sql, [...values]);
        return rows;
      }),
  }),
};

const queryDeadlineMs = 600_000;

const values: ResourceType = {
  schema: Type.Object(
    {
      values: Type.Record(Type.String(), Type.Any(), {
        description: "The values, such as those of variables.",
      }),
    },
    {
      ...closed,
      description: "Plain values for functions, such as an API key: the resource is the mapping itself.",
    },
  ),
  create: ({ values }) => values,
};

/** Connections that are opened by others, such as dbt: the value says how. */
const connections: { readonly [name: string]: ResourceType } = Object.fromEntries(
  Object.entries({
    snowflake: { ...connectionSchema.properties, query_tag: Type.Optional(Type.String()) },
    bigquery: { ...bigQueryConnectionSchema.properties, dataset: Type.Optional(Type.String()) },
    redshift: serverProperties("The cluster's address."),
    databricks: {
      host: Type.String({ description: "Host of the workspace." }),
      http_path: Type.String({ description: "HTTP path of the SQL warehouse or cluster." }),
      ...texts(["catalog", "schema", "token", "client_id", "client_secret"]),
    },
    spark: {
      host: Type.String({ description: "Host of the Thrift server." }),
      port: Type.Optional(Type.Integer({ description: "Its port." })),
      ...texts(["method", "schema", "user", "password", "token", "cluster", "organization"]),
    },
  }).map(([type, properties]): [string, ResourceType] => [
    type,
    {
      schema: Type.Object(properties, { ...closed, description: `How to connect to ${type}, for dbt.` }),
      create: (attributes) => ({ connection: { ...attributes, type } }),
    },
  ]),
);

function texts(names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, Type.Optional(Type.String())]));
}

function serverProperties(description: string) {
  return {
    host: Type.Optional(Type.String({ description })),
    port: Type.Optional(Type.Integer({ description: "Its port." })),
    ...texts(["url", "user", "password", "database", "schema", "sslmode"]),
    ...texts(["method", "iam_profile", "cluster_id", "region"]),
  };
}

/** By the name that stands behind `resource`. */
export const resourceTypes: { readonly [name: string]: ResourceType } = {
  ...connections,
  duckdb,
  http,
  postgres,
  values,
};

import { type ResourceContext, type TObject, Type } from "#platform";
import { createHttpClient } from "../http/http-client.ts";
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

/** By the name that stands behind `resource`. */
export const resourceTypes: { readonly [name: string]: ResourceType } = { duckdb, http, values };

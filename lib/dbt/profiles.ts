import { StepError } from "#platform";
import { serviceAccountKey } from "../google/service-account-key.ts";
import { privateKeyPem } from "../snowflake/snowflake-private-key.ts";

/** What a resource says of how to connect; secrets revealed. */
export interface DbtConnection {
  readonly type: string;
  readonly [setting: string]: unknown;
}

/** A profile for dbt. Its secrets are variables, so that the file holds none. */
export interface MadeProfile {
  /** Text of profiles.yml. */
  readonly text: string;
  readonly env: { readonly [name: string]: string };
}

type Fields = { readonly [name: string]: unknown };

/** Variables with this prefix never show in dbt's log, and are refused outside profiles and packages. */
const secretPrefix = "DBT_ENV_SECRET_DOP_";

/**
 * The profiles.yml with one profile and one target; `over` is put over what the connection says. Throws StepError for a
 * connection that dbt has no adapter for, or that lacks something.
 */
export function makeProfile(
  connection: DbtConnection,
  {
    profile,
    target,
    over = {},
    threads,
  }: { profile: string; target: string; over?: Fields; threads?: number },
): MadeProfile {
  const make = adapters[connection.type];
  if (make === undefined) {
    throw new StepError(
      `dbt cannot connect by a resource of the type \`${connection.type}\`: ${Object.keys(adapters).join(", ")} can be used`,
      { retry: "never" },
    );
  }
  const env: { [name: string]: string } = {};
  const hide = (name: string, value: unknown): string | undefined => {
    if (value === undefined || value === "") return undefined;
    env[`${secretPrefix}${name}`] = String(value);
    return `{{ env_var('${secretPrefix}${name}') }}`;
  };
  const output = {
    type: connection.type,
    ...given(make(connection, hide)),
    threads: threads ?? 4,
    ...hiddenParts(over, hide),
  };
  return {
    text: `${JSON.stringify({ [profile]: { target, outputs: { [target]: output } } }, null, 2)}\n`,
    env,
  };
}

type Hide = (name: string, value: unknown) => string | undefined;

const adapters: { readonly [type: string]: (connection: DbtConnection, hide: Hide) => Fields } = {
  duckdb: ({ path, schema, attach, extensions, settings }) => ({
    path: needed("duckdb", "path", path),
    schema: schema ?? "main",
    attach,
    extensions,
    settings,
  }),
  postgres: (connection, hide) => serverFields(connection, { hide, port: 5432, databaseName: "dbname" }),
  redshift: (connection, hide) => ({
    ...serverFields(connection, { hide, port: 5439, databaseName: "dbname" }),
    method: connection["method"],
    iam_profile: connection["iam_profile"],
    cluster_id: connection["cluster_id"],
    region: connection["region"],
  }),
  snowflake: (connection, hide) => {
    const { account, user, role, warehouse, database, schema, authenticator, password, token } = connection;
    const key = connection["private_key"];
    const passphrase = connection["private_key_passphrase"];
    return {
      account: needed("snowflake", "account", account),
      user: needed("snowflake", "user", user),
      role,
      warehouse,
      database: needed("snowflake", "database", database),
      schema: schema ?? "PUBLIC",
      query_tag: connection["query_tag"],
      ...(key === undefined
        ? {
            authenticator: authenticator ?? (token === undefined ? undefined : "oauth"),
            password: hide("PASSWORD", password),
            token: hide("TOKEN", token),
          }
        : { private_key: hide("PRIVATE_KEY", keyText(String(key), passphrase)) }),
    };
  },
  bigquery: (connection, hide) => {
    const { project, dataset, schema, location, credentials, access_token, priority } = connection;
    const shared = {
      project: needed("bigquery", "project", project),
      dataset: needed("bigquery", "dataset", dataset ?? schema),
      location,
      priority,
      maximum_bytes_billed: connection["maximum_bytes_billed"],
      job_execution_timeout_seconds: connection["job_execution_timeout_seconds"],
    };
    if (access_token !== undefined) {
      return { ...shared, method: "oauth-secrets", token: hide("TOKEN", access_token) };
    }
    if (credentials === undefined) return { ...shared, method: "oauth" };
    const key = serviceAccountKey(String(credentials)) as unknown as Fields;
    return {
      ...shared,
      method: "service-account-json",
      keyfile_json: Object.fromEntries(
        Object.entries(key).map(([name, value]) => [
          name,
          name.startsWith("private_key") ? hide(name.toUpperCase(), value) : value,
        ]),
      ),
    };
  },
  databricks: ({ host, http_path, catalog, schema, token, client_id, client_secret }, hide) => ({
    host: needed("databricks", "host", host),
    http_path: needed("databricks", "http_path", http_path),
    catalog,
    schema: schema ?? "default",
    token: hide("TOKEN", token),
    ...(client_id === undefined
      ? {}
      : { auth_type: "oauth", client_id, client_secret: hide("CLIENT_SECRET", client_secret) }),
  }),
  spark: ({ host, port, method, schema, user, password, token, cluster, organization }, hide) => ({
    host: needed("spark", "host", host),
    port: port === undefined ? undefined : Number(port),
    method: method ?? "thrift",
    schema: schema ?? "default",
    user,
    cluster,
    organization,
    password: hide("PASSWORD", password),
    token: hide("TOKEN", token),
  }),
};

/** A server by its parts or its URL; written parts win. */
function serverFields(
  { type, url, host, port, user, password, database, dbname, schema, sslmode }: DbtConnection,
  { hide, port: usual, databaseName }: { hide: Hide; port: number; databaseName: string },
): Fields {
  const parts = url === undefined ? undefined : urlParts(type, String(url));
  return {
    host: needed(type, "host", host ?? parts?.host),
    port: Number(port ?? parts?.port ?? usual),
    user: needed(type, "user", user ?? parts?.user),
    // dbt wants the field, also where the server asks for none.
    password: hide("PASSWORD", password ?? parts?.password) ?? "",
    [databaseName]: needed(type, "database", dbname ?? database ?? parts?.database),
    schema: schema ?? parts?.schema ?? "public",
    sslmode: sslmode ?? parts?.sslmode,
  };
}

interface UrlParts {
  readonly host?: string;
  readonly port?: string;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly sslmode?: string;
}

function urlParts(type: string, text: string): UrlParts {
  if (!URL.canParse(text)) {
    throw new StepError(`the \`url\` of the ${type} resource is none`, { retry: "never" });
  }
  const { hostname, port, username, password, pathname, searchParams } = new URL(text);
  const decoded = {
    host: hostname || (searchParams.get("host") ?? ""),
    port,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    schema: searchParams.get("schema") ?? "",
    sslmode: searchParams.get("sslmode") ?? "",
  };
  return Object.fromEntries(Object.entries(decoded).filter(([, value]) => value !== ""));
}

/** dbt takes the text between the lines of a PEM, unencrypted. */
function keyText(key: string, passphrase: unknown): string {
  try {
    return privateKeyPem(key, passphrase === undefined ? undefined : String(passphrase)).replaceAll(
      /-----[^-]+-----|\s/g,
      "",
    );
  } catch (error) {
    throw new StepError((error as Error).message, { retry: "never" });
  }
}

function needed(type: string, name: string, value: unknown): unknown {
  if (value !== undefined && value !== "") return value;
  throw new StepError(`dbt needs the ${name} of the ${type} resource: write \`${name}\``, { retry: "never" });
}

function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What is written over may hold secrets as well. */
function hiddenParts(fields: Fields, hide: Hide): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" && /password|secret|token|private_key/i.test(name)
        ? hide(name.toUpperCase().replaceAll(/\W/g, "_"), value)
        : value,
    ]),
  );
}

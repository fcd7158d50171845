import { resolve } from "node:path";
import { type IoManager, type IoManagerSetting, ioParts, type TObject, Type } from "#platform";

/** A kind of IO manager that a component file may define. `attributes` arrive checked, with secrets revealed. */
export interface IoManagerType {
  readonly schema: TObject;
  create(
    attributes: { readonly [name: string]: unknown },
    setting: IoManagerSetting,
  ): IoManager | Promise<IoManager>;
  /** The DuckDB file that it holds open; absolute or relative to the project. */
  duckDbFile?(attributes: { readonly [name: string]: unknown }): string;
}

const closed = { additionalProperties: false };
const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

const inFolder = (what: string) =>
  Type.Object(
    { folder: text("Where the files lie, relative to the project; a folder of `.dop/data` unless given.") },
    { ...closed, description: what },
  );

const folderOf = (attributes: { readonly [name: string]: unknown }, { projectRoot }: IoManagerSetting) =>
  attributes["folder"] === undefined ? {} : { folder: resolve(projectRoot, String(attributes["folder"])) };

const parquet: IoManagerType = {
  schema: inFolder("Parquet files, one per asset or partition."),
  async create(attributes, setting) {
    const { fileIo, parquetFormat } = await ioParts();
    return fileIo(parquetFormat, setting.engine, folderOf(attributes, setting));
  },
};

const csv: IoManagerType = {
  schema: inFolder("CSV files, one per asset or partition."),
  async create(attributes, setting) {
    const { fileIo, csvFormat } = await ioParts();
    return fileIo(csvFormat, setting.engine, folderOf(attributes, setting));
  },
};

const json: IoManagerType = {
  schema: inFolder("JSON files, one per asset or partition, for values of any kind."),
  async create(attributes, setting) {
    const { jsonIo } = await ioParts();
    return jsonIo(setting.engine, folderOf(attributes, setting));
  },
};

const defaultFile = ".dop/data/duckdb/data.duckdb";

const duckdb: IoManagerType = {
  schema: Type.Object(
    { path: text(`The database file, relative to the project; \`${defaultFile}\` unless given.`) },
    { ...closed, description: "Tables of one DuckDB file." },
  ),
  async create({ path }, { engine, projectRoot }) {
    const { duckdbIo } = await ioParts();
    return duckdbIo(engine, path === undefined ? {} : { file: resolve(projectRoot, String(path)) });
  },
  duckDbFile: ({ path }) => (path === undefined ? defaultFile : String(path)),
};

const postgres: IoManagerType = {
  schema: Type.Object(
    {
      url: Type.String({
        minLength: 1,
        description: "Address, such as `postgresql://user:password@host:5432/database`.",
      }),
      schema: text("Schema of assets whose key has one part; `public` unless given."),
    },
    { ...closed, description: "Tables of Postgres, in the schema that the asset's key names." },
  ),
  async create(attributes, { engine }) {
    const { postgresIo } = await import("../postgres/postgres-io.ts");
    return postgresIo(attributes as never, engine);
  },
};

const prefix = text("Put in front of every key, such as `dop/prod`.");
const bucket = Type.String({ minLength: 1, description: "Name of the bucket, which exists." });

const s3_parquet: IoManagerType = {
  schema: Type.Object(
    {
      bucket,
      prefix,
      region: text("Region of the bucket; AWS_REGION unless given."),
      endpoint_url: text("Address of another service with the protocol of S3, such as MinIO."),
      access_key_id: text("With `secret_access_key`; otherwise as AWS' tools look for credentials."),
      secret_access_key: text("Belongs to `access_key_id`."),
      session_token: text("For credentials that expire."),
    },
    { ...closed, description: "Parquet objects in S3, one per asset or partition." },
  ),
  async create(attributes, { engine }) {
    const { s3ObjectStore } = await import("../s3/s3-object-store.ts");
    const { objectIo } = await ioParts();
    const { prefix, ...settings } = attributes;
    return objectIo(s3ObjectStore(settings as never), { engine, prefix: String(prefix ?? "") });
  },
};

const gcs_parquet: IoManagerType = {
  schema: Type.Object(
    {
      bucket,
      prefix,
      credentials: text(
        "Service account key, as JSON or its base64; Google's default credentials unless given.",
      ),
      access_token: text("A token instead of a key, for credentials that expire."),
      endpoint_url: text(
        "Address of the service, for an emulator; it gets no credentials of its own accord.",
      ),
    },
    { ...closed, description: "Parquet objects in Google Cloud Storage, one per asset or partition." },
  ),
  async create(attributes, { engine }) {
    const { gcsObjectStore } = await import("../gcs/gcs-object-store.ts");
    const { objectIo } = await ioParts();
    const { prefix, ...settings } = attributes;
    return objectIo(gcsObjectStore(settings as never), { engine, prefix: String(prefix ?? "") });
  },
};

/** By the name that stands behind `type`. */
export const ioManagerTypes: { readonly [name: string]: IoManagerType } = {
  csv,
  duckdb,
  gcs_parquet,
  json,
  parquet,
  postgres,
  s3_parquet,
};

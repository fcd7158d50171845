import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import {
  createOrRefresh,
  createStatement,
  type SnowflakeObject,
} from "../../lib/snowflake/create-or-refresh.ts";
import { privateKeyPem } from "../../lib/snowflake/snowflake-private-key.ts";
import { sdkOptions } from "../../lib/snowflake/snowflake-session.ts";
import { tableStatement } from "../../lib/snowflake/table-statement.ts";

const stage: SnowflakeObject = {
  name: "stage_signups",
  database: "aws",
  schema: "elementl",
  type: "stage",
  role: "aws_writer",
  options: {
    url: "s3://bucket/signups",
    directory: { enable: true },
    file_format: { type: "JSON", strip_outer_array: true },
  },
};

const table: SnowflakeObject = {
  ...stage,
  name: "ext_signups",
  type: "external table",
  columns: [{ name: "DAY", type: "DATE", as: "cast(split_part(METADATA$FILENAME, '/', 2) as date)" }],
  partitionBy: "DAY",
  options: { location: "@stage_signups", pattern: ".*[.]json", auto_refresh: false },
};

async function run(object: SnowflakeObject, shown: { name: string }[]) {
  return createOrRefresh(object, async (sql) => ({ rows: sql.startsWith("SHOW") ? shown : [] }));
}

test("an object that is there is refreshed in five statements", async () => {
  const { created, statements } = await run(stage, [{ name: "STAGE_SIGNUPS" }]);
  expect(created).toBe(false);
  expect(statements).toEqual([
    "USE ROLE AWS_WRITER;",
    "USE DATABASE AWS;",
    "USE SCHEMA AWS.ELEMENTL;",
    "SHOW STAGES LIKE 'stage_signups';",
    "ALTER STAGE STAGE_SIGNUPS REFRESH;",
  ]);
});

test("an object that is missing is created before, which makes six statements", async () => {
  const { created, statements } = await run(table, []);
  expect(created).toBe(true);
  expect(statements.length).toBe(6);
  expect(statements[3]).toBe("SHOW EXTERNAL TABLES LIKE 'ext_signups';");
  expect(statements[4]).toBe(createStatement(table));
});

test("a similar name that `_` also matches is not taken for the object", async () => {
  const { created } = await run(stage, [{ name: "STAGEXSIGNUPS" }]);
  expect(created).toBe(true);
});

test("a stage is created with its options in the order in which they are written", () => {
  expect(createStatement(stage)).toMatchInlineSnapshot(`
    "CREATE OR REPLACE STAGE AWS.ELEMENTL.STAGE_SIGNUPS
    url = "s3://bucket/signups"
    directory = ( enable = true )
    file_format = ( type = "JSON", strip_outer_array = true );"
  `);
});

test("the location of an external table is no text", () => {
  expect(createStatement(table)).toMatchInlineSnapshot(`
    "CREATE OR REPLACE EXTERNAL TABLE AWS.ELEMENTL.EXT_SIGNUPS
    (DAY DATE AS (cast(split_part(METADATA$FILENAME, '/', 2) as date)))
    PARTITION BY (DAY)
    location = @stage_signups
    pattern = ".*[.]json"
    auto_refresh = false;"
  `);
});

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const pkcs1 = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const encrypted = privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" })
  .toString();
const body = (text: string): string => text.replaceAll(/-----[^-]+-----|\s/g, "");

test.for([
  { form: "PEM", text: pem },
  { form: "PEM with written line ends", text: pem.replaceAll("\n", "\\n") },
  { form: "PKCS #1 PEM", text: pkcs1 },
  { form: "base64 of PEM", text: Buffer.from(pem).toString("base64") },
  { form: "base64 of DER", text: body(pem) },
  { form: "base64 of PKCS #1 DER", text: body(pkcs1) },
  { form: "encrypted PEM", text: encrypted, passphrase: "secret" },
  { form: "base64 of encrypted DER", text: body(encrypted), passphrase: "secret" },
])("a private key is read from $form", ({ text, passphrase }) => {
  expect(privateKeyPem(text, passphrase)).toBe(pem);
});

test.for(["nonsense", "", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])(
  "%j is no private key, and the error does not repeat it",
  (text) => {
    expect(() => privateKeyPem(text)).toThrow(TypeError);
    if (text !== "") expect(() => privateKeyPem(text)).not.toThrow(new RegExp(RegExp.escape(text)));
  },
);

test("a private key signs in by key pair", () => {
  expect(sdkOptions({ account: "a", user: "u", private_key: pem }, "tag")).toMatchObject({
    account: "a",
    username: "u",
    authenticator: "SNOWFLAKE_JWT",
    queryTag: "tag",
  });
});

test("a query's result becomes a table under its folded name", () => {
  expect(tableStatement({ table: "analytics.public.my table", materialization: "view" }, "select 1")).toBe(
    'CREATE OR REPLACE VIEW ANALYTICS.PUBLIC."my table" AS\nselect 1',
  );
});

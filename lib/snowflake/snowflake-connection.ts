import { type ComponentContext, reveal, type Static, Type } from "#platform";

const text = (description: string) => Type.Optional(Type.String({ description }));

/** Where and as whom to connect; what is not written comes from the variables named in the descriptions. */
export const connectionSchema = Type.Object(
  {
    account: text("Account identifier; SNOWFLAKE_ACCOUNT unless given."),
    user: text("User; SNOWFLAKE_USER unless given."),
    password: text("Password; SNOWFLAKE_PASSWORD unless given."),
    private_key: text("Private key, as PEM or base64; SNOWFLAKE_PRIVATE_KEY unless given."),
    private_key_passphrase: text(
      "Passphrase of the private key; SNOWFLAKE_PRIVATE_KEY_PASSPHRASE unless given.",
    ),
    token: text("OAuth or programmatic access token; SNOWFLAKE_TOKEN unless given."),
    authenticator: text("Such as OAUTH or PROGRAMMATIC_ACCESS_TOKEN; chosen by what else is given."),
    role: text("Role; SNOWFLAKE_ROLE unless given."),
    warehouse: text("Warehouse; SNOWFLAKE_WAREHOUSE unless given."),
    database: text("Database; SNOWFLAKE_DATABASE unless given."),
    schema: text("Schema; SNOWFLAKE_SCHEMA unless given."),
    access_url: text(
      "Address of the service, for private links and emulators; SNOWFLAKE_ACCESS_URL unless given.",
    ),
  },
  {
    additionalProperties: false,
    description: "The connection; SNOWFLAKE_* variables fill in what is not written.",
  },
);

export type ConnectionAttributes = Static<typeof connectionSchema>;
export type ConnectionSettings = { readonly [Name in keyof ConnectionAttributes]?: string };

/** Settings from attributes and variables, secrets revealed: for steps alone. */
export function connectionSettings(
  context: Pick<ComponentContext, "env">,
  attributes: ConnectionAttributes | undefined,
): ConnectionSettings {
  const written = reveal(attributes ?? {});
  const found: { -readonly [Name in keyof ConnectionSettings]: string } = {};
  for (const name of Object.keys(connectionSchema.properties) as (keyof ConnectionSettings)[]) {
    const value = written[name] ?? (name === "authenticator" ? undefined : context.env(variableOf(name)));
    if (value !== undefined && value !== "") found[name] = value;
  }
  return found;
}

/** Marks the component when the account, the user or every way to prove who that is lacks a value. */
export function askForCredentials(
  context: Pick<ComponentContext, "env" | "needsCredentials">,
  attributes: ConnectionAttributes | undefined,
): void {
  const settings = connectionSettings(context, attributes);
  for (const name of ["account", "user"] as const) {
    if (settings[name] === undefined) context.needsCredentials(variableOf(name));
  }
  const { password, private_key, token, authenticator } = settings;
  if (
    password === undefined &&
    private_key === undefined &&
    token === undefined &&
    authenticator === undefined
  ) {
    context.needsCredentials(variableOf("private_key"));
  }
}

function variableOf(name: keyof ConnectionSettings): string {
  return `SNOWFLAKE_${name.toUpperCase()}`;
}

import type { BigQuery } from "@google-cloud/bigquery";
import { type ComponentContext, reveal, type Static, Type } from "#platform";
import { serviceAccountKey } from "../google/service-account-key.ts";

const text = (description: string) => Type.Optional(Type.String({ description }));

export const bigQueryConnectionSchema = Type.Object(
  {
    project: text("Project that pays; GOOGLE_CLOUD_PROJECT unless given."),
    location: text("Location of the jobs, such as `EU`."),
    credentials: text(
      "Service account key, as JSON or its base64; GOOGLE_CREDENTIALS unless given, else Google's default credentials.",
    ),
    access_token: text(
      "A token instead of a key, for emulators and short-lived credentials; BIGQUERY_ACCESS_TOKEN unless given.",
    ),
    api_endpoint: text("Address of the service; BIGQUERY_API_ENDPOINT unless given."),
  },
  { additionalProperties: false, description: "The connection." },
);

export type BigQueryConnection = Static<typeof bigQueryConnectionSchema>;

/** Settings from attributes and variables, secrets revealed: for steps alone. */
export function bigQuerySettings(
  context: Pick<ComponentContext, "env">,
  attributes: BigQueryConnection | undefined,
): { readonly [Name in keyof BigQueryConnection]?: string } {
  const written = reveal(attributes ?? {});
  const settings = {
    project: written.project ?? context.env("GOOGLE_CLOUD_PROJECT"),
    location: written.location,
    credentials: written.credentials ?? context.env("GOOGLE_CREDENTIALS"),
    access_token: written.access_token ?? context.env("BIGQUERY_ACCESS_TOKEN"),
    api_endpoint: written.api_endpoint ?? context.env("BIGQUERY_API_ENDPOINT"),
  };
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined && value !== ""),
  );
}

/** Marks the component when the project, or every kind of credentials, lacks a value. */
export function askForBigQueryCredentials(
  context: Pick<ComponentContext, "env" | "needsCredentials">,
  attributes: BigQueryConnection | undefined,
): void {
  const { project, credentials, access_token } = bigQuerySettings(context, attributes);
  if (project === undefined) context.needsCredentials("GOOGLE_CLOUD_PROJECT");
  const byDefault = context.env("GOOGLE_APPLICATION_CREDENTIALS") ?? "";
  if (credentials === undefined && access_token === undefined && byDefault === "") {
    context.needsCredentials("GOOGLE_CREDENTIALS");
  }
}

/** A client of the service. Throws StepError for credentials that are no service account key. */
export async function openBigQuery(settings: ReturnType<typeof bigQuerySettings>): Promise<BigQuery> {
  const { BigQuery } = await import("@google-cloud/bigquery");
  const { project, location, credentials, access_token, api_endpoint } = settings;
  return new BigQuery({
    ...(project === undefined ? {} : { projectId: project }),
    ...(location === undefined ? {} : { location }),
    ...(api_endpoint === undefined ? {} : { apiEndpoint: api_endpoint }),
    ...(credentials === undefined ? {} : { credentials: serviceAccountKey(credentials) }),
    ...(access_token === undefined ? {} : { authClient: await tokenClient(access_token) }),
  });
}

/** Without a client of its own the SDK looks for a metadata server, and loading a local file ends the process. */
async function tokenClient(token: string): Promise<never> {
  const { OAuth2Client } = await import("google-auth-library");
  const client = new OAuth2Client();
  client.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
  return client as never;
}

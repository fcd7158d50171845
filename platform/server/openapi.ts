import { errorSchema } from "./api-schemas.ts";
import type { Route } from "./route.ts";

/** The OpenAPI 3.1 description of the routes: the schemas that they check with are the schemas that it shows. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll("+}", "}");
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "dop", version, description: "Definitions, runs and what is remembered of them." },
    paths,
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation({ method, path, summary, query, body, status = 200, answer }: Route): object {
  return {
    summary,
    operationId: `${method}_${path
      .replace(/^\/api\/v1\//, "")
      .replace(/\W+/g, "_")
      .replace(/_$/, "")}`,
    parameters: [
      ...[...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => ({
        name,
        in: "path",
        required: true,
        schema: { type: "string" },
      })),
      ...Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
        name,
        in: "query",
        required: query?.required?.includes(name) ?? false,
        schema,
      })),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: {
      [status]: {
        description: "As asked.",
        content: typeof answer === "string" ? { [answer]: {} } : { "application/json": { schema: answer } },
      },
      default: {
        description: "Not as asked; `code` says why.",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

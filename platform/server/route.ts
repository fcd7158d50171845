import type { Context, Hono } from "hono";
import type { Static, TObject, TSchema } from "typebox";
import { Check, Errors } from "typebox/schema";
import { HttpError } from "./problem-response.ts";
import { readJsonBody } from "./request-guard.ts";

/** What a route's handler gets: everything checked against the route's schemas. */
export interface RouteInput<Query, Body> {
  readonly params: { readonly [name: string]: string };
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
}

/** One route as data: it is served, checked and described from this value. */
export interface RouteSpec<Query extends TObject, Body extends TObject> {
  readonly method: "get" | "post";
  /** As OpenAPI writes it; `{key+}` also takes slashes. */
  readonly path: string;
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  readonly status?: number;
  /** Schema of the JSON answer; or the media type of another one. */
  readonly answer: TSchema | string;
  // Schemas are inferred from themselves alone: going back from values to schemas takes the compiler seconds.
  handle(input: RouteInput<NoInfer<Static<Query>>, NoInfer<Static<Body>>>): Promise<unknown> | unknown;
}

export type Route = RouteSpec<TObject, TObject>;

export function route<Query extends TObject = TObject, Body extends TObject = TObject>(
  spec: RouteSpec<Query, Body>,
): Route {
  return spec as unknown as Route;
}

/** Adds the routes to an application; the wrong method on a known path answers 405. */
export function addRoutes(app: Hono, routes: readonly Route[]): void {
  for (const spec of routes)
    app.on(
      spec.method.toUpperCase(),
      honoPath(spec.path),
      async (context, next) => (await answer(spec, context)) ?? (await next()),
    );
  for (const path of new Set(routes.map(({ path }) => path))) {
    app.all(honoPath(path), () => {
      throw new HttpError(405, "method-not-allowed", "this address does not take that method");
    });
  }
}

/** Nothing for a request that is another route's. */
async function answer(spec: Route, context: Context): Promise<Response | undefined> {
  const params = paramsOf(spec.path, context.req.param());
  if (params === undefined) return undefined;
  const request = context.req.raw;
  const result = await spec.handle({
    params,
    query: checked(spec.query, withNumbers(spec.query, context.req.query()), "query"),
    body: spec.body === undefined ? {} : checked(spec.body, await readJsonBody(request), "body"),
    request,
  });
  return result instanceof Response ? result : Response.json(result, { status: spec.status ?? 200 });
}

/** A query is text; where the schema wants a whole number, digits become one. */
function withNumbers(schema: TObject | undefined, query: { readonly [name: string]: string }): object {
  return Object.fromEntries(
    Object.entries(query).map(([name, text]) => {
      const wanted = schema?.properties[name] as { readonly type?: unknown } | undefined;
      return [name, wanted?.type === "integer" && /^\d{1,15}$/.test(text) ? Number(text) : text];
    }),
  );
}

function checked(schema: TObject | undefined, value: unknown, where: "query" | "body"): never {
  if (schema !== undefined && !Check(schema, value)) {
    const [, [first]] = Errors(schema, value);
    const path = first?.instancePath.slice(1).replaceAll("/", ".") ?? "";
    throw new HttpError(
      400,
      `invalid-${where}`,
      `${path === "" ? `the ${where}` : `\`${path}\``} ${first?.message ?? "is not as described"}`,
    );
  }
  return value as never;
}

/** `/assets/{key+}` is `/assets/:key{.+}`; a fixed end behind such a part is looked for when it is asked for. */
function honoPath(path: string): string {
  const { start } = fixedEnd(path);
  return start.replace(/\{(\w+)(\+?)\}/g, (_whole, name: string, many: string) =>
    many === "" ? `:${name}` : `:${name}{.+}`,
  );
}

/** Of `/assets/{key+}/explain` the part `key`, which takes slashes, and what must follow it. */
function fixedEnd(path: string): { readonly start: string; readonly name?: string; readonly end: string } {
  const [, start, name, end] = /^(.*\{(\w+)\+\})(\/[^{}]+)$/.exec(path) ?? [];
  return start === undefined || name === undefined || end === undefined
    ? { start: path, end: "" }
    : { start, name, end };
}

/** The parameters of a request, without a fixed end; nothing where it has another end. */
function paramsOf(
  path: string,
  params: { readonly [name: string]: string },
): { readonly [name: string]: string } | undefined {
  const { name, end } = fixedEnd(path);
  const value = name === undefined ? undefined : params[name];
  if (name === undefined || value === undefined) return params;
  return value.endsWith(end) ? { ...params, [name]: value.slice(0, -end.length) } : undefined;
}

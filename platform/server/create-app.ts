// `server` answers HTTP.

import { basename } from "node:path";
import { Hono } from "hono";
import { problemView } from "../instance/check-report.ts";
import { DefinitionsError } from "../instance/definitions-error.ts";
import type { Instance } from "../instance/instance.ts";
import { InstanceError, type InstanceErrorReason } from "../instance/instance-error.ts";
import { healthSchema } from "./api-schemas.ts";
import { backfillRoutes } from "./backfill-routes.ts";
import { changeStream } from "./change-stream.ts";
import { definitionRoutes } from "./definition-routes.ts";
import { explainRoutes } from "./explain-routes.ts";
import { hookRoutes, hooksPath } from "./hook-routes.ts";
import { instigatorRoutes } from "./instigator-routes.ts";
import { openApiDocument } from "./openapi.ts";
import { readPageFiles } from "./page-files.ts";
import { HttpError, problemResponse } from "./problem-response.ts";
import { recordRoutes } from "./record-routes.ts";
import { requestGuard } from "./request-guard.ts";
import { responseHeaders } from "./response-headers.ts";
import { addRoutes, type Route, route } from "./route.ts";
import { runRoutes } from "./run-routes.ts";
import { sensorTestRoute } from "./sensor-test-route.ts";

export interface AppOptions {
  readonly version: string;
  /** Asked of every request, besides that of the instance. */
  readonly token?: string;
  /** What is served besides. */
  readonly routes?: readonly Route[];
}

/** The API and the plain page over one instance. */
export function createApp(instance: Instance, { version, token, routes: more = [] }: AppOptions): Hono {
  const app = new Hono();
  app.use(responseHeaders());
  app.use(
    requestGuard({
      token: instance.token,
      openPaths: [hooksPath],
      ...(token === undefined ? {} : { required: token }),
    }),
  );
  app.onError((error) => problemResponse(httpErrorOf(error, instance)));
  app.notFound(() => problemResponse(new HttpError(404, "not-found", "there is nothing at this address")));
  const routes = apiRoutes(instance, version, more);
  addRoutes(app, routes);
  for (const [path, { text, mediaType }] of readPageFiles()) {
    app.get(
      path,
      () => new Response(text, { headers: { "content-type": mediaType, "cache-control": "no-cache" } }),
    );
  }
  return app;
}

function apiRoutes(instance: Instance, version: string, more: readonly Route[]): Route[] {
  const routes: Route[] = [
    healthRoute(instance),
    ...explainRoutes(instance.records).map((spec) => onceLoaded(spec, instance)),
    ...definitionRoutes(instance).map((spec) => onceLoaded(spec, instance)),
    ...runRoutes(instance.runs).map((spec) => (spec.method === "post" ? onceLoaded(spec, instance) : spec)),
    ...recordRoutes(instance.records).map((spec) => onceLoaded(spec, instance)),
    ...hookRoutes(instance.webhooks).map((spec) => onceLoaded(spec, instance)),
    ...backfillRoutes(instance.records.backfills).map((spec) => onceLoaded(spec, instance)),
    onceLoaded(sensorTestRoute(instance), instance),
    ...instigatorRoutes(instance.records.instigators).map((spec) => onceLoaded(spec, instance)),
    route({
      method: "get",
      path: "/api/v1/stream",
      summary: "Server-sent events that tell what changed",
      answer: "text/event-stream",
      handle: ({ request }) => changeStream(instance, request.signal),
    }),
    ...more,
  ];
  const document = openApiDocument(routes, version);
  return [
    ...routes,
    route({
      method: "get",
      path: "/api/v1/openapi.json",
      summary: "This description",
      answer: "application/json",
      handle: () => document,
    }),
  ];
}

function healthRoute({ root, name = basename(root), definitions }: Instance): Route {
  const startedAt = performance.now();
  return route({
    method: "get",
    path: "/api/v1/health",
    summary: "200 as soon as definitions are loaded, 503 before",
    answer: healthSchema,
    handle() {
      const snapshot = definitions.current();
      const failure = definitions.failure()?.message ?? null;
      const body = {
        status: snapshot !== undefined ? "ready" : failure === null ? "loading" : "failed",
        project: name,
        environment: snapshot?.environment ?? null,
        snapshot_id: snapshot?.id ?? null,
        ...(snapshot === undefined ? { loading_ms: Math.round(performance.now() - startedAt) } : {}),
        failure,
      };
      return Response.json(body, { status: snapshot === undefined ? 503 : 200 });
    },
  });
}

/** Until definitions are loaded, the route answers 503. */
function onceLoaded(spec: Route, { definitions }: Instance): Route {
  return {
    ...spec,
    handle(input) {
      if (definitions.current() !== undefined) return spec.handle(input);
      const failure = definitions.failure();
      if (failure === undefined) throw new HttpError(503, "loading", "the definitions are being loaded");
      throw new HttpError(503, "no-definitions", `the definitions could not be loaded: ${failure.message}`);
    },
  };
}

const statusOfReason: { readonly [reason in InstanceErrorReason]?: number } = {
  "invalid-selection": 400,
  "nothing-selected": 400,
  "nothing-stale": 409,
  "invalid-partition": 400,
  "invalid-request": 400,
  "not-materializable": 400,
  "unknown-run": 404,
  "unknown-asset": 404,
  "unknown-backfill": 404,
  "unknown-instigator": 404,
  "unknown-partitions": 404,
  "unknown-webhook": 404,
  "wrong-signature": 401,
  "webhook-stopped": 409,
  "delivery-conflict": 409,
  "webhook-not-ready": 503,
  "refused-transition": 409,
  "no-definitions": 503,
  "not-supported": 400,
};

/** What went wrong as an answer; of our own defects the log gets the stack and the client only the fact. */
function httpErrorOf(error: Error, { log }: Instance): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof DefinitionsError) {
    return new HttpError(
      422,
      "definitions-have-problems",
      "a definition that is needed has problems",
      error.problems.map(problemView),
    );
  }
  if (error instanceof InstanceError) {
    const detail = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
    return new HttpError(statusOfReason[error.reason] ?? 500, error.reason, detail);
  }
  log.error("a request failed", { err: { name: error.name, message: error.message, stack: error.stack } });
  return new HttpError(500, "internal-error", "something is wrong with dop itself; its log has more");
}

import { setTimeout as delay } from "node:timers/promises";
import type { ProblemView } from "../core/views.ts";
import { problemOf } from "./check-report.ts";
import { DefinitionsError } from "./definitions-error.ts";
import { InstanceError, instanceErrorReasons } from "./instance-error.ts";
import type { Owner } from "./owner-lock.ts";

/** The API of the process that owns a project. Paths begin behind `/api/v1`. */
export interface OwnerApi {
  /** Throws InstanceError `owner-unreachable`; an answer that is no success is for the caller. */
  fetch(method: "GET" | "POST", path: string, body?: object): Promise<Response>;
  /** Throws what the owner threw: DefinitionsError, or InstanceError with its reason. */
  json<T>(method: "GET" | "POST", path: string, body?: object): Promise<T>;
}

/** An owner that has just started loads definitions; whoever asks meanwhile waits so long at most. */
const longestLoadMs = 120_000;
const askAgainMs = 100;

export function createOwnerApi({ pid, port, token }: Owner & { readonly port: number }): OwnerApi {
  const ask: OwnerApi["fetch"] = async (method, path, body) => {
    try {
      return await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new InstanceError(
        "owner-unreachable",
        `process ${pid} owns the project and does not answer on port ${port}: ${reasonOf(error)}`,
      );
    }
  };
  const request: OwnerApi["fetch"] = async (method, path, body) => {
    const deadline = performance.now() + longestLoadMs;
    for (;;) {
      const response = await ask(method, path, body);
      if (performance.now() > deadline || !(await isLoading(response))) return response;
      await delay(askAgainMs);
    }
  };
  return {
    fetch: request,
    async json<T>(method: "GET" | "POST", path: string, body?: object): Promise<T> {
      const response = await request(method, path, body);
      if (!response.ok) throw await ownerErrorOf(response);
      return (await response.json()) as T;
    },
  };
}

async function isLoading(response: Response): Promise<boolean> {
  if (response.status !== 503) return false;
  const { code } = (await response
    .clone()
    .json()
    .catch(() => ({}))) as ProblemBody;
  return code === "loading";
}

interface ProblemBody {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly problems?: readonly ProblemView[];
}

/** What an answer that is no success says, as the error that it was. */
export async function ownerErrorOf(response: Response): Promise<Error> {
  const { code, detail, hint, problems } = (await response.json().catch(() => ({}))) as ProblemBody;
  if (problems !== undefined) return new DefinitionsError(problems.map(problemOf));
  const reason = instanceErrorReasons.find((known) => known === code) ?? "owner-refused";
  return new InstanceError(reason, detail ?? `the owner of the project answered ${response.status}`, hint);
}

/** Fields that are given, as a query. */
export function queryText(fields: { readonly [name: string]: string | number | undefined }): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}

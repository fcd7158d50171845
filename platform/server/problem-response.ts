/** An answer that is no success, as RFC 9457 has it; `code` is what programs read. */
export interface ProblemObject {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** Problems of definitions, in the shape of `dop check --format json`. */
  readonly problems?: readonly unknown[];
}

/** Thrown by a route to answer with something else than what was asked for. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly problem: ProblemObject;

  constructor(status: number, code: string, detail: string, problems?: readonly unknown[]) {
    super(detail);
    this.problem = {
      type: "about:blank",
      title: titles[status] ?? "Error",
      status,
      code,
      detail,
      ...(problems === undefined ? {} : { problems }),
    };
  }
}

const titles: { readonly [status: number]: string } = {
  400: "Bad request",
  401: "Not signed in",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  421: "Misdirected request",
  422: "Definitions have problems",
  500: "Internal error",
  503: "Not ready",
};

/** Lets a browser ask its user for the token, as a password; the name is of no matter. */
const challenge = { "www-authenticate": 'Basic realm="dop", charset="UTF-8"' };

export function problemResponse({ problem }: HttpError): Response {
  return Response.json(problem, {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      ...(problem.code === "not-signed-in" ? challenge : {}),
    },
  });
}

/** An answer that is no success, with the problems that came along. */
export class ApiError extends Error {
  /** @param {{ detail?: string, code?: string, problems?: readonly any[] }} body */
  constructor(body) {
    super(body.detail ?? "the server gave no reason");
    this.code = body.code;
    this.problems = body.problems ?? [];
  }
}

/**
 * @param {string} path Below /api/v1.
 * @returns {Promise<any>}
 */
export async function get(path) {
  return await answer(await fetch(`/api/v1${path}`, { headers: { accept: "application/json" } }));
}

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 */
export async function post(path, body = {}) {
  const headers = { "content-type": "application/json" };
  return await answer(await fetch(`/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

/**
 * Asks for a run and gives its id; where a partition is needed and none is named, of the latest.
 * @param {{ selection: string } | { job: string }} target
 * @param {{ partition?: string, skipUnready?: boolean }} options
 * @returns {Promise<string>}
 */
export async function startRun(target, { partition = "", skipUnready = false }) {
  const body = { ...target, ...(skipUnready ? { skip_unready: true } : {}) };
  if (partition !== "") return (await post("/runs", { ...body, partition })).run.id;
  try {
    return (await post("/runs", body)).run.id;
  } catch (error) {
    // Only the server knows what is partitioned.
    if (!(error instanceof ApiError) || error.code !== "invalid-partition") throw error;
    return (await post("/runs", { ...body, partition: "latest" })).run.id;
  }
}

/**
 * A stretch of a step's output.
 * @param {string} run
 * @param {string} step
 * @param {string} stream
 * @param {number} offset
 */
export async function readLog(run, step, stream, offset) {
  const response = await fetch(
    `/api/v1/runs/${run}/logs/${encodeURIComponent(step)}/${stream}?offset=${offset}`,
  );
  if (response.status === 404) return { text: "", next: offset, end: true };
  if (!response.ok) throw new ApiError(await response.json());
  const { headers } = response;
  return {
    text: await response.text(),
    next: Number(headers.get("x-next-offset")),
    end: headers.get("x-end") === "true",
  };
}

/** @param {Response} response */
async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(body);
  return body;
}

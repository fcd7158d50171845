import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { findTool } from "../component/find-tool.ts";
import type { CommandContext } from "./command-context.ts";
import type { Finding } from "./finding.ts";
import { loadDefinitions } from "./load-definitions.ts";
import { type ProjectChoice, projectRoot } from "./project-choice.ts";
import { recordsFindings } from "./records-finding.ts";
import { summaryLine } from "./report/text-report.ts";

const oldestNode = 26;

/** Looks at Node, the engine's packages, tools, the project, its storage and the port; changes nothing but `.dop`. */
export async function examine(choice: ProjectChoice, context: CommandContext): Promise<Finding[]> {
  const findings: Finding[] = [nodeFinding(), await duckdbFinding()];
  let root: string | undefined;
  try {
    root = projectRoot(choice, context);
    findings.push({ verdict: "ok", subject: "project", text: root });
  } catch (thrown) {
    findings.push({ verdict: "bad", subject: "project", text: messageOf(thrown) });
  }
  const place = { root: root ?? context.folder, path: context.env["PATH"] };
  findings.push(toolFinding("git", "`dop diff` and links to the source", place));
  if (root !== undefined)
    findings.push(
      storageFinding(root),
      ...(await recordsFindings(root, context)),
      ...(await projectFindings(root, choice, context)),
    );
  findings.push(await portFinding(3939));
  return findings;
}

function nodeFinding(): Finding {
  const isNew = Number.parseInt(process.versions.node, 10) >= oldestNode;
  return {
    verdict: isNew ? "ok" : "bad",
    subject: "node",
    text: `${process.versions.node} at ${process.execPath}`,
  };
}

async function duckdbFinding(): Promise<Finding> {
  try {
    const { DuckDb } = await import("../io/duck-db.ts");
    await using duckdb = new DuckDb();
    const [row] = await duckdb.query("select version() as version");
    return { verdict: "ok", subject: "duckdb", text: String(row?.["version"]) };
  } catch (thrown) {
    return { verdict: "bad", subject: "duckdb", text: messageOf(thrown) };
  }
}

function toolFinding(name: string, use: string, place: { root: string; path: string | undefined }): Finding {
  const path = findTool(name, place);
  return path === undefined
    ? { verdict: "note", subject: name, text: `not found; needed for ${use}` }
    : { verdict: "ok", subject: name, text: path };
}

function storageFinding(root: string): Finding {
  const folder = join(root, ".dop");
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return { verdict: "ok", subject: "storage", text: `${folder} can be written` };
  } catch (thrown) {
    return { verdict: "bad", subject: "storage", text: messageOf(thrown) };
  }
}

/** How loading goes, the tools that components ask for, and what keeps them from running. */
async function projectFindings(
  root: string,
  choice: ProjectChoice,
  context: CommandContext,
): Promise<Finding[]> {
  const { snapshot } = await loadDefinitions(choice, context);
  const { checkReport } = await import("../instance/check-report.ts");
  const { summary } = checkReport(snapshot);
  const findings: Finding[] = [
    { verdict: "ok", subject: "environment", text: snapshot.environment },
    { verdict: summary.errors > 0 ? "bad" : "ok", subject: "definitions", text: summaryLine(summary) },
    {
      verdict: "ok",
      subject: ".env",
      text: existsSync(join(root, ".env"))
        ? "is read"
        : "is not there; variables come from the process alone",
    },
  ];
  for (const tool of [...new Set(snapshot.components.flatMap(({ tools }) => tools))].toSorted()) {
    const users = snapshot.components.filter(({ tools }) => tools.includes(tool)).map(({ name }) => name);
    findings.push(toolFinding(tool, users.join(", "), { root, path: context.env["PATH"] }));
  }
  for (const { name, status, needs } of snapshot.components) {
    if (status === "needs_credentials" || status === "needs_lock") {
      findings.push({ verdict: "note", subject: name, text: `${status}: ${needs.join(", ")}` });
    }
  }
  return findings;
}

async function portFinding(port: number): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const server = createServer();
  server.once("error", (error: NodeJS.ErrnoException) =>
    resolve({
      verdict: "note",
      subject: "port",
      text: `${port} cannot be had (${error.code ?? error.message}); \`dop dev\` takes the next free one`,
    }),
  );
  server.listen({ port, host: "127.0.0.1", exclusive: true }, () =>
    server.close(() => resolve({ verdict: "ok", subject: "port", text: `${port} is free` })),
  );
  return await promise;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.message.split("\n")[0] as string) : String(thrown);
}

import { join } from "node:path";
import type { LoadOptions } from "../component/load-options.ts";
import { createLoader, type Loader, loadProject } from "../component/load-project.ts";
import { readVariables } from "../component/variables.ts";
import { errorInfo } from "../core/event.ts";
import { mergeProject } from "../graph/merge-definitions.ts";
import { type MessageBody, parseMessage } from "./message.ts";
import { createMessage } from "./message-envelope.ts";

// The process of a code host: it loads when it is told to, and ends when nobody tells it any more.

let loader: Loader | undefined;

/** The definitions as plain data. Everything wrong in the user's files is in the snapshot's problems. */
async function load({
  root,
  environment,
  again,
  changed,
}: MessageBody<"load">): Promise<MessageBody<"loaded">> {
  const options: LoadOptions = {
    root,
    ...readVariables(root, process.env),
    cacheFolder: join(root, ".dop", "cache"),
    allowsOutsideWork: true,
    warn: (message) => process.send?.(createMessage("log", { level: "warning", message })),
    ...(environment === undefined ? {} : { environment }),
  };
  if (again) loader ??= createLoader(options);
  const { project } = await (loader?.reload(changed?.map((file) => join(root, file))) ??
    loadProject(options));
  return { snapshot: mergeProject(project).snapshot };
}

process.on("message", async (raw) => {
  const message = parseMessage(raw);
  if (message.type !== "load") return;
  const body = await load(message.body).catch(
    (error: unknown): MessageBody<"loaded"> => ({ failure: errorInfo(error) }),
  );
  process.send?.(createMessage("loaded", body, message.id));
});

// The control plane is gone: nobody is left to load for.
process.on("disconnect", () => process.exit(0));

process.send?.(createMessage("loaded", {}));

import { connectRecords, hasRecords } from "../instance/connect-records.ts";
import { InstanceError } from "../instance/instance-error.ts";
import { bytesText } from "./bytes-text.ts";
import type { CommandContext } from "./command-context.ts";
import type { Finding } from "./finding.ts";
import { counted } from "./report/text-report.ts";

/** What the storage is and holds; nothing where nothing is remembered yet. */
export async function recordsFindings(
  root: string,
  { env }: Pick<CommandContext, "env">,
): Promise<Finding[]> {
  const subject = "records";
  try {
    if (!hasRecords(root, env)) return [];
    await using connection = await connectRecords({
      root,
      env,
      snapshot: () => Promise.reject(new Error("the size of a storage needs no definitions")),
    });
    const {
      dialect,
      schema_version: schema,
      size_bytes: size,
      runs,
      events,
    } = await connection.records.describe();
    const text = `${dialect}, schema ${schema}, ${bytesText(size)}: ${counted(runs, "run")}, ${counted(events, "event")}`;
    return [{ verdict: "ok", subject, text }];
  } catch (thrown) {
    if (!(thrown instanceof InstanceError)) throw thrown;
    // Another command has them for the moment; that is no fault of the project.
    const verdict = thrown.reason === "owned-elsewhere" ? "note" : "bad";
    return [{ verdict, subject, text: thrown.message }];
  }
}

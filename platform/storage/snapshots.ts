import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Statements } from "./database.ts";

export async function putSnapshot(db: Statements, snapshot: DefinitionsSnapshot, at: number): Promise<void> {
  await db.run(
    `
    insert into snapshots (id, created_at_ms, body) values (:id, :created_at_ms, :body)
    on conflict (id) do nothing
    `,
    { id: snapshot.id, created_at_ms: at, body: JSON.stringify(snapshot) },
  );
}

export async function getSnapshot(db: Statements, id: string): Promise<DefinitionsSnapshot | undefined> {
  const row = await db.get<{ body: string }>("select body from snapshots where id = :id", { id });
  return row === undefined ? undefined : (JSON.parse(row.body) as DefinitionsSnapshot);
}

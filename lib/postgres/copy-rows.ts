import { createReadStream, createWriteStream } from "node:fs";
import type { Client, Connection, Submittable } from "pg";

/** What `pg` calls while its connection copies. */
type CopyQuery = Submittable & { readonly [handler: string]: (...args: never[]) => void };
type Wire = Connection & {
  readonly stream: NodeJS.ReadWriteStream & { readonly writableNeedDrain: boolean };
  sendCopyFromChunk(chunk: Buffer): void;
  sendCopyFail(message: string): void;
  endCopyFrom(): void;
};

/** Sends a file as the input of a `copy … from stdin`; gives the number of rows. Rows are never all in memory. */
export function copyIn(client: Client, sql: string, file: string): Promise<number> {
  return copy(client, sql, (wire) => sendFile(wire, file));
}

/** Writes what a `copy … to stdout` gives into a file; gives the number of rows. */
export async function copyOut(client: Client, sql: string, file: string): Promise<number> {
  const target = createWriteStream(file);
  const written = Promise.withResolvers<void>();
  target.on("error", written.reject).on("finish", written.resolve);
  written.promise.catch(() => {});
  try {
    const rows = await copy(client, sql, undefined, (wire, chunk) => {
      // A copy: `pg` puts what comes next into the same memory, which may be before this is on disk.
      if (target.write(Buffer.from(chunk))) return;
      wire.stream.pause();
      target.once("drain", () => wire.stream.resume());
    });
    target.end();
    await written.promise;
    return rows;
  } finally {
    target.destroy();
  }
}

/** One `copy` statement in the protocol of `pg`: it is told of each message while its query is the active one. */
// biome-ignore lint/complexity/useMaxParams: reads as connection, statement, what goes in, what comes out
function copy(
  client: Client,
  sql: string,
  send?: (wire: Wire) => Promise<void>,
  receive?: (wire: Wire, chunk: Buffer) => void,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let rows = 0;
  let failure: Error | undefined;
  const query = {
    submit: (connection: Wire) => void connection.query(sql),
    handleCopyInResponse(connection: Wire) {
      if (send === undefined) return connection.sendCopyFail("no rows are sent here");
      send(connection).then(
        () => connection.endCopyFrom(),
        (error: Error) => {
          failure = error;
          connection.sendCopyFail("the rows could not be read");
        },
      );
    },
    handleCopyData: ({ chunk }: { chunk: Buffer }, connection: Wire) => receive?.(connection, chunk),
    handleCommandComplete({ text }: { text: string }) {
      rows = Number(/(\d+)$/.exec(text)?.[1] ?? 0);
    },
    handleError(error: Error) {
      failure ??= error;
      // A lost connection tells nothing more.
      setImmediate(() => reject(failure));
    },
    handleReadyForQuery: () => (failure === undefined ? resolve(rows) : reject(failure)),
    handleEmptyQuery() {},
    handleRowDescription() {},
    handleDataRow() {},
    handlePortalSuspended() {},
  };
  client.query(query as unknown as CopyQuery);
  return promise;
}

async function sendFile(wire: Wire, file: string): Promise<void> {
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
    wire.sendCopyFromChunk(chunk as Buffer);
    if (wire.stream.writableNeedDrain) await drained(wire);
  }
}

function drained({ stream }: Wire): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => {
      stream.removeListener("drain", done).removeListener("close", closed);
      if (error === undefined) resolve();
      else reject(error);
    };
    const closed = () => done(new Error("the connection was closed"));
    stream.once("drain", done).once("close", closed);
  });
}

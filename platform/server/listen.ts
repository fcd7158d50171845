import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { InstanceError } from "../instance/instance-error.ts";

export const defaultPort = 3939;

/** How many ports above the wanted one are tried when it is taken. */
const portsToTry = 100;

export interface ListenOptions {
  /** Exactly this one; without it 3939 or the next free one. 0 lets the system choose. */
  readonly port?: number;
  readonly hostname?: string;
  /** Whether nobody is served who does not show a token; only then it may be another address than a loopback one. */
  readonly authenticated?: boolean;
}

/** A server that listens. Disposing ends its connections too. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Such as `http://127.0.0.1:3939`. */
  readonly url: string;
}

/** Serves `fetch` on 127.0.0.1 or the given address. Throws InstanceError `cannot-listen`. */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { port, hostname = "127.0.0.1", authenticated = false }: ListenOptions = {},
): Promise<Listening> {
  if (!authenticated && !/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(hostname)) {
    throw new InstanceError(
      "cannot-listen",
      `listening on ${hostname} needs a token that every request shows`,
      "set DOP_SERVER_TOKEN, or leave the address out to listen on 127.0.0.1",
    );
  }
  const ports =
    port === undefined ? Array.from({ length: portsToTry }, (_, index) => defaultPort + index) : [port];
  for (const candidate of ports) {
    const server = createServer(
      { requestTimeout: 30_000 },
      (request, response) => void listener(request, response),
    );
    const listener = getRequestListener(fetch, { hostname });
    if (await binds(server, candidate, hostname)) return listening(server, hostname);
  }
  if (port === undefined) {
    throw new InstanceError("cannot-listen", `no port from ${ports[0]} to ${ports.at(-1)} is free`);
  }
  throw new InstanceError(
    "cannot-listen",
    `port ${port} is taken`,
    "choose another, or none for the next free one",
  );
}

async function binds(server: Server, port: number, hostname: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  server.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
    else reject(error);
  });
  server.listen({ port, host: hostname, exclusive: true }, () => resolve(true));
  return await promise;
}

function listening(server: Server, hostname: string): Listening {
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

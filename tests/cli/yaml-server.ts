import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const server = fileURLToPath(
  new URL("../../node_modules/yaml-language-server/bin/yaml-language-server", import.meta.url),
);

export interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: any;
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/** The YAML language server that editors use, spoken to over stdio. */
export class YamlServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, PromiseWithResolvers<any>>();
  readonly #diagnostics = new Map<string, PromiseWithResolvers<Diagnostic[]>>();
  #buffer = Buffer.alloc(0);
  #next = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => this.#read(chunk));
  }

  static async start(rootUri: string): Promise<YamlServer> {
    const started = new YamlServer(
      spawn(process.execPath, [server, "--stdio"], { stdio: ["pipe", "pipe", "ignore"] }),
    );
    await started.#ask("initialize", {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: "project" }],
      capabilities: {
        textDocument: {
          completion: { completionItem: { snippetSupport: false, documentationFormat: ["markdown"] } },
        },
      },
    });
    started.#tell("initialized", {});
    const yaml = { validate: true, completion: true, hover: false, schemaStore: { enable: false } };
    started.#tell("workspace/didChangeConfiguration", { settings: { yaml } });
    return started;
  }

  /** Opens a text and gives what the server finds wrong with it. */
  async diagnose(uri: string, text: string): Promise<Diagnostic[]> {
    const answer = Promise.withResolvers<Diagnostic[]>();
    this.#diagnostics.set(uri, answer);
    this.#tell("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
    return await answer.promise;
  }

  /** Labels that the server offers at a place of an opened text; counted from 0. */
  async complete(
    uri: string,
    line: number,
    character: number,
  ): Promise<{ label: string; documentation: string }[]> {
    const result = await this.#ask("textDocument/completion", {
      textDocument: { uri },
      position: { line, character },
    });
    const items = (Array.isArray(result) ? result : (result?.items ?? [])) as {
      label: string;
      documentation?: any;
    }[];
    return items.map(({ label, documentation }) => ({
      label,
      documentation: typeof documentation === "string" ? documentation : (documentation?.value ?? ""),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.kill();
    await ended;
  }

  async #ask(method: string, params: unknown): Promise<any> {
    const id = this.#next++;
    const answer = Promise.withResolvers<any>();
    this.#answers.set(id, answer);
    this.#send({ id, method, params });
    return await answer.promise;
  }

  #tell(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  #send(message: object): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const head = this.#buffer.indexOf("\r\n\r\n");
      if (head === -1) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#buffer.subarray(0, head).toString())?.[1]);
      if (this.#buffer.length < head + 4 + length) return;
      const message = JSON.parse(this.#buffer.subarray(head + 4, head + 4 + length).toString()) as Message;
      this.#buffer = this.#buffer.subarray(head + 4 + length);
      this.#receive(message);
    }
  }

  #receive({ id, method, params, result, error }: Message): void {
    if (method === "textDocument/publishDiagnostics") {
      this.#diagnostics.get(params.uri)?.resolve(params.diagnostics as Diagnostic[]);
    } else if (method !== undefined && id !== undefined) {
      // The server asks for settings; an empty answer leaves those it has.
      this.#send({ id, result: method === "workspace/configuration" ? params.items.map(() => ({})) : null });
    } else if (id !== undefined) {
      const answer = this.#answers.get(id);
      if (error === undefined) answer?.resolve(result);
      else answer?.reject(new Error(error.message));
    }
  }
}

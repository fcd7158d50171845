import { StringDecoder } from "node:string_decoder";

/** A line may become this long before it is cut, in characters, unless its reader wants others. */
const defaultLongest = 1_000_000;

/** Gives whole lines of a stream of bytes, without their ends; what has no end comes with `finish`. */
export class LineSplitter {
  #decoder = new StringDecoder("utf8");
  #rest = "";
  readonly #onLine: (line: string) => void;
  readonly #longest: number;

  constructor(onLine: (line: string) => void, longest = defaultLongest) {
    this.#onLine = onLine;
    this.#longest = longest;
  }

  write(chunk: Uint8Array | string): void {
    const text = this.#rest + (typeof chunk === "string" ? chunk : this.#decoder.write(chunk));
    const lines = text.split("\n");
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    if (this.#rest.length > this.#longest) this.finish();
  }

  finish(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (rest !== "") this.#onLine(rest);
  }
}

/** What became of one stream of a Sling run. */
export interface StreamResult {
  readonly name: string;
  readonly status: "success" | "failure";
  /** Rows that were written, where the log tells. */
  readonly rows?: number;
  /** Written table or file, where the log tells. */
  readonly object?: string;
}

/**
 * Reads the JSON log of one `sling run` line by line and tells each stream's result when it ends. Streams run one
 * after another.
 */
export class SlingLog {
  #stream: string | undefined;
  #rows: number | undefined;
  #object: string | undefined;

  /** The message of a line, without colours, for people; and the result of a stream that ended with it. */
  read(line: string): { readonly message: string; readonly level: string; readonly result?: StreamResult } {
    const { msg, lvl } = parse(line);
    const message = withoutColours(msg).trim();
    const started =
      /^\[\d+ \/ \d+\] running stream (.+)$/.exec(message) ??
      /^Sling Replication \| .+? -> .+? \| (.+)$/.exec(message);
    if (started?.[1] !== undefined) {
      this.#stream = started[1];
      this.#rows = undefined;
      this.#object = undefined;
    }
    const inserted =
      /^(?:inserted|wrote) (\d+) rows (?:into|to) (.+?) in \d/.exec(message) ??
      /^wrote (?:[\d.]+ \w+): (\d+) rows(?: \[.*\])?(?: to (.+))?$/.exec(message);
    if (inserted?.[1] !== undefined) {
      this.#rows = Number(inserted[1]);
      this.#object = inserted[2];
    }
    const ended = /^execution (succeeded|failed)$/.exec(message)?.[1];
    const name = this.#stream;
    if (ended === undefined || name === undefined) return { message, level: lvl };
    this.#stream = undefined;
    return {
      message,
      level: lvl,
      result: {
        name,
        status: ended === "succeeded" ? "success" : "failure",
        ...(this.#rows === undefined ? {} : { rows: this.#rows }),
        ...(this.#object === undefined ? {} : { object: this.#object }),
      },
    };
  }
}

function parse(line: string): { msg: string; lvl: string } {
  try {
    const value: unknown = JSON.parse(line.slice(0, line.lastIndexOf("}") + 1));
    if (typeof value === "object" && value !== null && "msg" in value && typeof value.msg === "string") {
      return { msg: value.msg, lvl: "lvl" in value ? String(value.lvl) : "info" };
    }
  } catch {
    // Not every line of Sling is JSON: its last words are plain text.
  }
  return { msg: line, lvl: "info" };
}

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours start with an escape character
  return text.replaceAll(/\u001b\[[0-9;]*m/g, "");
}

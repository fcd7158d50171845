import { type FileHandle, open } from "node:fs/promises";

/** A message may be this long, in bytes. */
export const longestMessage = 8 * 1024 * 1024;
/** The file is looked at this often while messages come, in milliseconds, and less and less often while none do. */
const soonMs = 20;
const lateMs = 200;
const newline = 0x0a;

export interface MessageFileReader {
  line(text: string): void;
  /** Told instead of a line that is longer than it may be. */
  tooLong(): void;
  /** Told at the end of what was written without an end of line. */
  torn(text: string): void;
  /** Resolves when there is room for further lines. */
  ready(): Promise<void>;
}

/**
 * A file that another process appends lines to, read while it grows: each byte once, however long the file becomes.
 * It is followed by its handle, so that a file which takes its name is never read.
 */
export class MessageFile {
  readonly #handle: FileHandle;
  readonly #reader: MessageFileReader;
  readonly #buffer = Buffer.allocUnsafe(256 * 1024);
  #offset = 0;
  /** The beginning of a line whose end has not come. */
  #parts: Buffer[] = [];
  #waiting = 0;
  #skipping = false;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = soonMs;
  #reading: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(handle: FileHandle, reader: MessageFileReader) {
    this.#handle = handle;
    this.#reader = reader;
  }

  /** Makes the file, which must not exist, for this user alone. */
  static async create(path: string, reader: MessageFileReader): Promise<MessageFile> {
    const file = new MessageFile(await open(path, "wx+", 0o600), reader);
    file.#schedule();
    return file;
  }

  /** Reads what has come by now and ends; call it when nobody writes any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#reading;
    try {
      await this.#readNew();
      if (this.#waiting > 0) this.#reader.torn(this.#take());
    } finally {
      await this.#handle.close();
    }
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      const before = this.#offset;
      // What goes wrong here goes wrong again at the end, where it is told.
      this.#reading = this.#readNew().catch(() => {});
      void this.#reading.then(() => {
        this.#pauseMs = this.#offset > before ? soonMs : Math.min(this.#pauseMs * 2, lateMs);
        this.#schedule();
      });
    }, this.#pauseMs);
  }

  async #readNew(): Promise<void> {
    for (;;) {
      const { bytesRead } = await this.#handle.read(this.#buffer, 0, this.#buffer.length, this.#offset);
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      this.#split(this.#buffer.subarray(0, bytesRead));
      await this.#reader.ready();
    }
  }

  #split(chunk: Buffer): void {
    let from = 0;
    for (let to = chunk.indexOf(newline); to !== -1; to = chunk.indexOf(newline, from)) {
      this.#add(chunk.subarray(from, to));
      from = to + 1;
      if (this.#skipping) this.#skipping = false;
      else this.#reader.line(this.#take());
    }
    // The buffer is used again, so that what stays is copied.
    if (from < chunk.length) this.#add(Buffer.from(chunk.subarray(from)));
  }

  #add(part: Buffer): void {
    if (this.#skipping) return;
    this.#parts.push(part);
    this.#waiting += part.length;
    if (this.#waiting <= longestMessage) return;
    this.#skipping = true;
    this.#take();
    this.#reader.tooLong();
  }

  #take(): string {
    const text =
      this.#parts.length === 1 ? this.#parts[0]?.toString() : Buffer.concat(this.#parts).toString();
    this.#parts = [];
    this.#waiting = 0;
    return text ?? "";
  }
}

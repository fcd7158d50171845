import { appendFileSync, mkdirSync } from "node:fs";
import { appendFile, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Lines are written together at most this often, in milliseconds. */
const flushMs = 25;
/** So many characters may wait before writers are asked to. */
const mostWaiting = 1_000_000;

/** Collects the lines of one stream of a step in a file, up to a size; the file is made with the first line. */
export class LogFile {
  readonly path: string;
  readonly #capBytes: number;
  #lines: string[] = [];
  #waiting = 0;
  #size = 0;
  #isFull = false;
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<void> = Promise.resolve();

  constructor(path: string, capBytes: number) {
    this.path = path;
    this.#capBytes = capBytes;
  }

  /** Bytes that it has taken. */
  get sizeBytes(): number {
    return this.#size;
  }

  line(text: string): void {
    if (this.#isFull) return;
    const size = Buffer.byteLength(text) + 1;
    if (this.#size + size > this.#capBytes) {
      this.#isFull = true;
      this.#add(`[output beyond ${this.#capBytes} bytes is left out]\n`);
    } else {
      this.#add(`${text}\n`, size);
    }
    this.#timer ??= setTimeout(() => void this.flush(), flushMs);
  }

  #add(text: string, size = Buffer.byteLength(text)): void {
    this.#lines.push(text);
    this.#size += size;
    this.#waiting += text.length;
  }

  /** Resolves at once unless much waits to be written. */
  async ready(): Promise<void> {
    if (this.#waiting > mostWaiting) await this.flush();
  }

  /** Writes what waits before it returns, as when the process ends. */
  flushNow(): void {
    const text = this.#take();
    if (text === "") return;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      appendFileSync(this.path, text);
    } catch {
      // A full disk must not hide why the process ends.
    }
  }

  #take(): string {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#lines.join("");
    this.#lines = [];
    this.#waiting = 0;
    return text;
  }

  /** Writes what waits; what cannot be written is lost, because a full disk must not fail the step's work. */
  flush(): Promise<void> {
    const text = this.#take();
    if (text !== "") this.#written = this.#written.then(() => append(this.path, text)).catch(() => {});
    return this.#written;
  }

  /** Goes on after what an earlier attempt at the run has left. */
  async resume(): Promise<void> {
    this.#size = await stat(this.path).then(
      ({ size }) => size,
      () => 0,
    );
  }
}

async function append(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, text);
}

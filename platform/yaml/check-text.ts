import type { Report } from "../core/problem.ts";
import { startOf } from "../core/span.ts";

/** 8 MB; no file that people write comes near it. */
export const largestFileBytes = 8 * 1024 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The text of a file without its byte order mark, or nothing where it is too large or no UTF-8 text. */
export function checkText(file: string, bytes: Uint8Array, report: Report): string | undefined {
  const reportAt = (code: "file-too-large" | "not-text", message: string, hint: string): undefined => {
    report({ code, severity: "error", message, span: startOf(file), hint, related: [] });
    return undefined;
  };
  if (bytes.byteLength > largestFileBytes) {
    const size = (bytes.byteLength / 1024 / 1024).toFixed(1);
    return reportAt("file-too-large", `the file has ${size} MB; at most 8 MB are read`, "split the file");
  }
  if (bytes.includes(0)) {
    return reportAt("not-text", "the file is not text: it holds a NUL byte", "save it as UTF-8 text");
  }
  try {
    return decoder.decode(bytes);
  } catch {
    return reportAt("not-text", "the file is not UTF-8 text", "save it as UTF-8 text");
  }
}

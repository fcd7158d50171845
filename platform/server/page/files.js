import { element, table } from "./elements.js";

/**
 * Files that steps attached, to download.
 * @param {readonly any[]} attachments
 */
export function fileTable(attachments) {
  return table(
    ["File", "Size", "Step", "Asset"],
    attachments.map(({ file, name, size_bytes: size, step, asset, partition }) => [
      element("a", { href: `/api/v1/files/${encodeURIComponent(file)}`, download: name }, name),
      sizeText(size),
      step,
      asset === null ? "" : `${asset}${partition === null ? "" : ` [${partition}]`}`,
    ]),
  );
}

/** @param {number} bytes */
function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
